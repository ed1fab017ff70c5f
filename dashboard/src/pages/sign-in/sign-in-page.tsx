import { Page } from '../../parts/page.tsx'

export function SignInPage() {
  return (
    <main>
      <Page title="Sign in">{null}</Page>
    </main>
  )
}

import { useMe } from '../../api/me.ts'
import { Facts, Page, Section } from '../../parts/page.tsx'
import { PasswordForm } from './password-form.tsx'
import { SecondFactor } from './second-factor.tsx'
import { Sessions } from './sessions.tsx'

export function AccountPage() {
  const { user } = useMe()
  if (!user) return <Page title="Account">An API key has no account.</Page>
  return (
    <Page title="Account">
      <Section title="You">
        <Facts
          facts={[
            ['Name', user.name],
            ['E-mail', user.email],
          ]}
        />
      </Section>
      <Section title="Second factor">
        <SecondFactor isEnabled={user.two_factor_enabled} />
      </Section>
      <Section title="Password">
        <PasswordForm />
      </Section>
      <Section title="Sessions">
        <Sessions />
      </Section>
    </Page>
  )
}

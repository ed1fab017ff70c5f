import { useQuery } from '@tanstack/react-query'
import { useMe } from '../../api/me.ts'
import { Failure } from '../../parts/failure.tsx'
import { Facts, Page, Section } from '../../parts/page.tsx'
import { Loading } from '../../parts/skeleton.tsx'
import { FirstPassword } from './first-password.tsx'
import { NameForm } from './name-form.tsx'
import { PasswordForm } from './password-form.tsx'
import { SecondFactor } from './second-factor.tsx'
import { Sessions } from './sessions.tsx'
import { signInWaysQuery } from './sign-in-ways.ts'

export function AccountPage() {
  const { user } = useMe()
  if (!user) return <Page title="Account">An API key has no account.</Page>
  return (
    <Page title="Account">
      <Section title="You">
        <div className="flex flex-col gap-4">
          <Facts facts={[['E-mail', user.email]]} />
          <NameForm name={user.name} />
        </div>
      </Section>
      <WaysToSignIn email={user.email} hasSecondFactor={user.two_factor_enabled} />
      <Section title="Sessions">
        <Sessions />
      </Section>
    </Page>
  )
}

/** Forms are there for what the account has: one that came by a link, or from a provider, has no password to type. */
function WaysToSignIn({ email, hasSecondFactor }: { email: string; hasSecondFactor: boolean }) {
  const { data, error, refetch } = useQuery(signInWaysQuery)
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (!data) {
    return (
      <Section title="Password">
        <Loading lines={3} />
      </Section>
    )
  }
  if (data.hasPassword) {
    return (
      <>
        <Section title="Second factor">
          <SecondFactor isEnabled={hasSecondFactor} />
        </Section>
        <Section title="Password">
          <PasswordForm />
        </Section>
      </>
    )
  }
  return (
    <Section title="Password">
      {data.hasProvider ? (
        <p>You sign in with your identity provider, which sees to passwords and second factors.</p>
      ) : (
        <FirstPassword email={email} />
      )}
    </Section>
  )
}

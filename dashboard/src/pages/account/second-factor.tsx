import { useMemo, useState } from 'react'
import { encode } from 'uqr'
import { callAuth } from '../../api/auth.ts'
import { forgetMe } from '../../api/me.ts'
import { ActionForm } from '../../parts/action-form.tsx'
import { Button } from '../../parts/button.tsx'
import { Code } from '../../parts/code.tsx'
import { Field, Input } from '../../parts/field.tsx'
import { toast } from '../../parts/toast.ts'

interface Setup {
  readonly totpURI: string
  readonly backupCodes: readonly string[]
}

/** Turns the second factor on and off; either asks for the password. */
export function SecondFactor({ isEnabled }: { isEnabled: boolean }) {
  const [password, setPassword] = useState('')
  const [setup, setSetup] = useState<Setup | null>(null)
  if (setup) return <Verify setup={setup} done={() => setSetup(null)} />
  const turn = async () => {
    if (isEnabled) {
      await callAuth('POST', '/two-factor/disable', { password })
      await forgetMe()
      toast('The second factor is off.')
    } else setSetup(await callAuth<Setup>('POST', '/two-factor/enable', { password }))
    setPassword('')
  }
  return (
    <ActionForm act={turn} button={{ children: isEnabled ? 'Turn it off' : 'Set it up' }}>
      <p className="text-dim">
        {isEnabled
          ? 'On: signing in asks for a code of your authenticator app.'
          : 'Off. With it, signing in asks for a code of an authenticator app after the password.'}
      </p>
      <Field label="Password, to be sure it is you">
        <Input
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
    </ActionForm>
  )
}

function Verify({ setup, done }: { setup: Setup; done: () => void }) {
  const [code, setCode] = useState('')
  const verify = async () => {
    await callAuth('POST', '/two-factor/verify-totp', { code: code.replaceAll(' ', '') })
    await forgetMe()
    toast('The second factor is on.')
    done()
  }
  const secret = new URL(setup.totpURI).searchParams.get('secret') ?? ''
  return (
    <ActionForm
      act={verify}
      button={{ children: 'Turn it on', look: 'primary' }}
      others={<Button onClick={done}>Cancel</Button>}
    >
      <p>Scan this with your authenticator app, or type the key into it.</p>
      <QrCode text={setup.totpURI} />
      <Code text={secret} label="Key" />
      <p>Without the app, each of these signs in once. Keep them in a safe place.</p>
      <Code text={setup.backupCodes.join('\n')} label="Backup codes" />
      <Field label="Code of the app">
        <Input
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Field>
    </ActionForm>
  )
}

/** Black on white in either theme: cameras expect that. */
function QrCode({ text }: { text: string }) {
  const { size, path } = useMemo(() => {
    const { data, size: width } = encode(text)
    const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    return { size: width, path: squares.join('') }
  }, [text])
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code of the key" className="size-48" fill="#000">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} />
    </svg>
  )
}

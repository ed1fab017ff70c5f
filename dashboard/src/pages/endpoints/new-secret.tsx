import { Tabs } from '@base-ui/react/tabs'
import { useEffect, useRef } from 'react'
import { Code } from '../../parts/code.tsx'
import { Notice } from '../../parts/notice.tsx'
import { verifyingCode } from './verifying-code.ts'

/** A secret, which is shown this once, with code that verifies what is signed with it. */
export function NewSecret({ secret, profile }: { secret: string; profile: string }) {
  const examples = verifyingCode(profile)
  const first = useRef<HTMLDivElement>(null)
  useEffect(() => first.current?.focus({ preventScroll: true }), [])
  return (
    <div ref={first} tabIndex={-1} className="flex flex-col gap-4 outline-none">
      <Notice kind="warn">
        Copy it now and keep it safe: it is not shown again. Who has it can sign like this server.
      </Notice>
      <Code text={secret} label="Secret" />
      {examples.length === 0 && (
        <p className="text-dim">
          Collectors take the requests as they are. Who wants to verify them computes the HMAC-SHA256 of the body with
          the secret as the key, and compares it with the header X-Webhook-Signature.
        </p>
      )}
      {examples.length > 0 && (
        <Tabs.Root defaultValue="TypeScript">
          <Tabs.List aria-label="Code to verify requests" className="mb-2 flex gap-1">
            {examples.map(({ language }) => (
              <Tabs.Tab
                key={language}
                value={language}
                className="rounded px-2 py-1 text-dim data-active:bg-hover data-active:text-text"
              >
                {language}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {examples.map(({ language, code }) => (
            <Tabs.Panel key={language} value={language}>
              <Code text={code} label={`Verify in ${language}; the secret is in the environment, as SECRET`} />
            </Tabs.Panel>
          ))}
        </Tabs.Root>
      )}
    </div>
  )
}

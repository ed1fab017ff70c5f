import { Tabs } from '@base-ui/react/tabs'
import { Code } from '../../parts/code.tsx'
import { Notice } from '../../parts/notice.tsx'

/** How a receiver verifies what arrives, in the languages that have an SDK. */
const verifications: readonly (readonly [language: string, code: string])[] = [
  [
    'TypeScript',
    `import { webhooks } from '@atlas-webhooks/sdk'
import express from 'express'

const receiver = webhooks.receive(process.env.SECRET, async (event) => {
  console.log(event.type, event.data)
})

// Ahead of express.json(), which would take the body apart.
express().post('/hook', receiver.express).listen(3000)`,
  ],
  [
    'Python',
    `import os
from atlas_webhooks import VerificationError, webhooks

def handle(body: bytes, headers) -> int:
    try:
        event = webhooks.verify(body, headers, os.environ["SECRET"])
    except VerificationError:
        return 400
    print(event["type"], event["data"])
    return 204`,
  ],
  [
    'Go',
    `receiver := webhooks.Receive(os.Getenv("SECRET"), func(ctx context.Context, event *webhooks.Event) error {
	log.Println(event.Type, string(event.Data))
	return nil
})
http.Handle("/hook", receiver)`,
  ],
]

/** A secret, which is shown once, and what to do with it. */
export function SecretShown({ secret, isBatch }: { secret: string; isBatch: boolean }) {
  return (
    <div className="flex flex-col gap-4">
      <Notice kind="warn">
        Keep it where your receiver finds it, such as SECRET in its environment. It is shown this once.
      </Notice>
      <Code text={secret} label="Signing secret" />
      {!isBatch && (
        <Tabs.Root defaultValue="TypeScript">
          <Tabs.List className="mb-2 flex gap-1" aria-label="How to verify">
            {verifications.map(([language]) => (
              <Tabs.Tab
                key={language}
                value={language}
                className="rounded px-2 py-1 text-dim text-xs data-active:bg-hover data-active:text-text"
              >
                {language}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {verifications.map(([language, code]) => (
            <Tabs.Panel key={language} value={language}>
              <Code text={code} label={`Verify in ${language}`} />
            </Tabs.Panel>
          ))}
        </Tabs.Root>
      )}
      {isBatch && (
        <p className="text-dim">
          Each request carries X-Webhook-Signature: sha256= and the HMAC of the body under this secret, in hexadecimal.
          Collectors that do not verify it need nothing.
        </p>
      )}
    </div>
  )
}

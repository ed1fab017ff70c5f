interface Example {
  readonly language: 'TypeScript' | 'Python' | 'Go'
  readonly code: string
}

/** Code of a receiver that verifies requests of the profile; none for those that collectors take as they are. */
export function verifyingCode(profile: string): readonly Example[] {
  if (profile === 'atlas') return [typescript('receive', one), python('verify'), go('Handler', 'event *webhooks.Event')]
  if (profile !== 'cloudevents') return []
  const batch = go('BatchHandler', 'events []webhooks.CloudEvent')
  return [typescript('receiveBatch', many), python('verify_batch'), batch]
}

const one = `async (event) => {
  console.log('verified', event.id, event.type)
}`
const many = `async (events) => {
  for (const event of events) console.log('verified', event.id, event.type)
}`

function typescript(receive: string, handle: string): Example {
  const code = `import { webhooks } from '@atlas-webhooks/sdk'
import express from 'express'

const receiver = webhooks.${receive}(process.env.SECRET, ${handle})

const app = express()
// Ahead of express.json(), which would take the body apart.
app.post('/hook', receiver.express)
app.listen(3001)
`
  return { language: 'TypeScript', code }
}

function python(verify: string): Example {
  const code = `import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from atlas_webhooks import VerificationError, webhooks


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            received = webhooks.${verify}(body, self.headers, os.environ["SECRET"])
        except VerificationError:
            self.send_error(400)
            return
        print("verified", received, flush=True)
        self.send_response(204)
        self.end_headers()


HTTPServer(("127.0.0.1", 3001), Receiver).serve_forever()
`
  return { language: 'Python', code }
}

function go(handler: string, parameter: string): Example {
  const name = parameter.split(' ')[0]
  const code = `package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/atlas-webhooks/atlas-go/webhooks"
)

func handle(_ context.Context, ${parameter}) error {
	fmt.Printf("verified %+v\\n", ${name})
	return nil
}

func main() {
	http.Handle("POST /hook", webhooks.${handler}(os.Getenv("SECRET"), handle))
	log.Fatal(http.ListenAndServe("127.0.0.1:3001", nil))
}
`
  return { language: 'Go', code }
}

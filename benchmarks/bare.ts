import { bareSecret, sendBare } from './bare-sending.ts'
import { storeBare } from './bare-storing.ts'
import { serve } from './child.ts'

const handlers = {
  secret(): string {
    return bareSecret
  },
  send({ port, seconds }: { port: number; seconds: number }): Promise<number> {
    return sendBare(port, seconds)
  },
  store({ dataDirectory, seconds }: { dataDirectory: string; seconds: number }): Promise<number> {
    return storeBare(dataDirectory, seconds)
  },
}

export type BareHandlers = typeof handlers

serve(handlers)

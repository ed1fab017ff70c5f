import { receive, receiveBatch } from './receive.ts'
import { verify, verifyBatch } from './verify.ts'

/** What whoever receives webhooks needs. */
export const webhooks = { verify, verifyBatch, receive, receiveBatch }

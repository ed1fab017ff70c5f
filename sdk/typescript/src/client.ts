import { Resources } from './generated/resources.ts'
import { type AtlasOptions, Transport } from './transport.ts'
import { webhooks } from './webhooks.ts'

/** The API of an Atlas server. */
export class Atlas extends Resources {
  /** To receive webhooks; needs no key, so it can be had by itself too. */
  readonly webhooks = webhooks

  constructor(options: AtlasOptions) {
    super(new Transport(options))
  }
}

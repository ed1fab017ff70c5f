import type { Scenario } from '../bench.ts'
import { perSecond } from '../table.ts'

export const bare: Scenario = {
  name: 'bare',
  about: 'what sending and storing cost without a service around them',
  async run(bench) {
    const { send, store, together } = await bench.bare()
    return [
      { what: 'bare sending: signed POSTs by undici, 64 at a time', measured: perSecond(send) },
      { what: 'bare storing: the rows of a delivered event, batches of 200', measured: perSecond(store) },
      { what: 'both together: 1 / (1/send + 1/store)', measured: perSecond(together) },
    ]
  },
}

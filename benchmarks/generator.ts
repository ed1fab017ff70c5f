import { serve } from './child.ts'
import { type Load, type LoadReport, Publisher } from './publisher.ts'
import { repeat } from './repeater.ts'

const handlers = {
  publish(load: Load): Promise<LoadReport> {
    return new Publisher(load).run()
  },
  repeat,
}

export type GeneratorHandlers = typeof handlers

serve(handlers)

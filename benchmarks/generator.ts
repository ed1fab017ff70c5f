import { serve } from './child.ts'
import { type Load, type LoadReport, Publisher } from './publisher.ts'

const handlers = {
  publish(load: Load): Promise<LoadReport> {
    return new Publisher(load).run()
  },
}

export type GeneratorHandlers = typeof handlers

serve(handlers)

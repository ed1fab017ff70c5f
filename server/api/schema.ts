import { type Static, type TSchema, Type } from 'typebox'

/** A JSON Schema fragment for answers and requests that several resources share. */
export function nullable<Schema extends TSchema>(schema: Schema, options: { description?: string } = {}) {
  return Type.Union([schema, Type.Null()], options)
}

/** One of a closed list of words. */
export function choice<const Word extends string>(words: readonly Word[], description?: string) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words], ...(description !== undefined && { description }) })
}

export const Time = Type.String({ format: 'date-time', description: 'ISO 8601 with milliseconds.' })

export const Anything = Type.Unknown()

/** As sent for every failure, RFC 9457. */
export const ProblemDetails = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; meant for programs.' }),
    detail: Type.String({ description: 'What was wrong, for people.' }),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  },
  { title: 'Problem' },
)
export type ProblemDetails = Static<typeof ProblemDetails>

import { Environment, ParseError } from '@marcbachmann/cel-js'
import { ExpressionCompiler, ExpressionFault } from './filter-expression.ts'
import { Failure, type FilterSubject, nameOf } from './filter-value.ts'

export const longestFilter = 4_096
const limits = { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 4 }
const parser = new Environment({ limits })

const unstorable = /[^\P{Cc}\t\n\r]|\p{Cs}/u

/** What a filter says about an event, and why, for people. */
export interface Verdict {
  readonly matches: boolean
  readonly reason: string
}

export interface Filter {
  readonly ok: true
  /** Whether the event goes to the endpoint. It does not where the expression does not apply to the event. */
  matches(subject: FilterSubject): boolean
  explain(subject: FilterSubject): Verdict
}

/** A filter, or what is wrong with the expression and where: line and column count from 1. */
export type CompiledFilter =
  | Filter
  | { readonly ok: false; readonly line: number; readonly column: number; readonly reason: string }

/**
 * Compiles a filter: an expression of the Common Expression Language that is true for the events that an endpoint
 * wants. It sees `event`, `data`, `type`, `tags`, and what names mean in the stream of the event. At most 4,096 characters and 500 parts, nested 40 deep. Neither this nor what it gives ever throws.
 */
export function compileFilter(text: string): CompiledFilter {
  if (text.length > longestFilter) return refuse(text, longestFilter, `has more than ${longestFilter} characters`)
  const unusual = text.search(unstorable)
  if (unusual >= 0) return refuse(text, unusual, 'has a control character or half of a character')
  if (text.trim() === '') return refuse(text, 0, 'is empty')
  try {
    const { evaluate, steps } = new ExpressionCompiler().condition(parser.parse(text).ast)
    return {
      ok: true,
      matches: (subject) => subject.spend(evaluate, steps) === true,
      explain: (subject) => describe(subject.spend(evaluate, steps)),
    }
  } catch (error) {
    if (error instanceof ExpressionFault) return refuse(text, error.position, error.message)
    if (error instanceof ParseError) return refuse(text, error.range?.start ?? 0, explainParser(error))
    // Thousands of signs in a row are too much for the parser's recursion before they are for its limits.
    if (error instanceof RangeError) return refuse(text, 0, 'is nested too deep')
    throw error
  }
}

function describe(result: unknown): Verdict {
  if (result instanceof Failure) return { matches: false, reason: `The expression does not apply: ${result.reason}.` }
  if (typeof result === 'boolean') return { matches: result, reason: `The expression is ${result}.` }
  return { matches: false, reason: `The expression does not apply: it gives ${nameOf(result)}, not true or false.` }
}

const limitReasons: Readonly<Record<keyof typeof limits, string>> = {
  maxAstNodes: `has more than ${limits.maxAstNodes} parts`,
  maxDepth: `is nested more than ${limits.maxDepth} deep`,
  maxListElements: `has a list of more than ${limits.maxListElements} items`,
  maxMapEntries: `has a map of more than ${limits.maxMapEntries} fields`,
  maxCallArguments: `has a call with more than ${limits.maxCallArguments} arguments`,
}

function explainParser({ code, summary }: ParseError): string {
  if (code !== 'limit_exceeded') return summary
  const exceeded = Object.entries(limitReasons).find(([limit]) => summary.includes(limit))
  return exceeded?.[1] ?? summary
}

function refuse(text: string, position: number, reason: string): CompiledFilter {
  const before = text.slice(0, position).split('\n')
  return { ok: false, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, reason }
}

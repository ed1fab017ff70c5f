import type { ASTNode } from '@marcbachmann/cel-js'
import { compilePattern, functions, methods, mostInstructions } from './filter-function.ts'
import { type Evaluate, type Loop, quantify, select } from './filter-loop.ts'
import { arithmetic, comparisons, type Operator, wholeDivision } from './filter-operator.ts'
import { Failure, type FilterSubject, isMap, nameOf, tooCostly } from './filter-value.ts'

/** What an expression gives as far as it can be told without an event. */
type Kind = 'bool' | 'int' | 'double' | 'string' | 'list' | 'map' | 'null' | 'unknown'

export interface Expression {
  readonly kind: Kind
  /** Steps that it takes without its loops and long texts. */
  readonly steps: number
  readonly evaluate: Evaluate
}

/** What is wrong with an expression, and where in its text. */
export class ExpressionFault extends Error {
  readonly position: number

  constructor(node: Pick<ASTNode, 'pos'>, reason: string) {
    super(reason)
    this.position = node.pos
  }
}

const bindings: Readonly<Record<string, Evaluate>> = {
  event: (subject) => subject.event,
  data: ({ data }) => data,
  type: (subject) => subject.type,
  tags: (subject) => subject.tags,
}

const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])

/**
 * Makes a function of the tree that the parser gives. The library's own evaluation is not used: it cannot be stopped,
 * runs regular expressions of JavaScript, and reads `constructor` of the objects that it is given.
 */
export class ExpressionCompiler {
  /** Variables of the loops around, the outermost first. */
  readonly #scope: string[] = []
  #instructions = 0

  compile(node: ASTNode): Expression {
    switch (node.op) {
      case 'value':
        return this.#literal(node)
      case 'id':
        return { kind: 'unknown', steps: 1, evaluate: this.#name(node.args) }
      case '.':
        return this.#member(this.compile(node.args[0]), node.args[1])
      case '[]':
        return this.#index(this.compile(node.args[0]), this.compile(node.args[1]))
      case 'list':
        return this.#list(node.args.map((item) => this.compile(item)))
      case 'map':
        return this.#map(node.args)
      case '?:':
        return this.#choice(...node.args)
      case '&&':
        return this.#logic(node.args, false)
      case '||':
        return this.#logic(node.args, true)
      case '!_':
        return this.#not(node.args)
      case '-_':
        return this.#negate(this.compile(node.args))
      case 'call':
        return this.#call(node, node.args[0], node.args[1])
      case 'rcall':
        return this.#method(node, ...node.args)
      case '.?':
      case '[?]':
        throw new ExpressionFault(node, 'optional values are not supported')
      default:
        return this.#binary(node.op, this.compile(node.args[0]), this.compile(node.args[1]))
    }
  }

  /** An expression that stands where only true or false may stand. */
  condition(node: ASTNode): Expression {
    const expression = this.compile(node)
    if (expression.kind === 'bool' || expression.kind === 'unknown') return expression
    throw new ExpressionFault(node, `must be true or false, and is of type ${expression.kind}`)
  }

  #literal(node: ASTNode & { op: 'value' }): Expression {
    const value = node.args
    if (value instanceof Uint8Array) throw new ExpressionFault(node, 'bytes are not supported')
    if (value === null) return constant('null', null)
    if (typeof value === 'string') return constant('string', value)
    if (typeof value === 'boolean') return constant('bool', value)
    // Whole numbers too are compared with those of JSON, which are doubles.
    return constant(typeof value === 'number' ? 'double' : 'int', Number(value))
  }

  #name(name: string): Evaluate {
    const slot = this.#scope.lastIndexOf(name)
    if (slot >= 0) return ({ variables }) => variables[slot]
    const bound = Object.hasOwn(bindings, name) ? bindings[name] : undefined
    if (bound !== undefined) return bound
    const unknown = new Failure(`"${name}" has no meaning for an event of this type`)
    return (subject) => {
      const value = subject.named(name)
      return value === undefined ? unknown : value
    }
  }

  #member({ evaluate, steps }: Expression, name: string): Expression {
    const missing = new Failure(`there is no field "${name}"`)
    return {
      kind: 'unknown',
      steps: steps + 1,
      evaluate: (subject) => {
        const value = evaluate(subject)
        if (isMap(value) && !(value instanceof Failure)) return Object.hasOwn(value, name) ? value[name] : missing
        return value instanceof Failure ? value : new Failure(`there is no field "${name}" in ${nameOf(value)}`)
      },
    }
  }

  #index(of: Expression, index: Expression): Expression {
    return binary(of, index, 'unknown', (value, key) => {
      if (Array.isArray(value)) {
        if (typeof key !== 'number') return new Failure(`a list is indexed by a number, not by ${nameOf(key)}`)
        return Number.isInteger(key) && key >= 0 && key < value.length ? value[key] : new Failure(`no item ${key}`)
      }
      if (!isMap(value)) return new Failure(`${nameOf(value)} has no items`)
      if (typeof key !== 'string') return new Failure(`a map is indexed by a string, not by ${nameOf(key)}`)
      return Object.hasOwn(value, key) ? value[key] : new Failure('there is no field of the name asked for')
    })
  }

  #list(items: readonly Expression[]): Expression {
    return {
      kind: 'list',
      steps: sumOf(items),
      evaluate: (subject) => {
        const list: unknown[] = []
        for (const { evaluate } of items) {
          const value = evaluate(subject)
          if (value instanceof Failure) return value
          list.push(value)
        }
        return list
      },
    }
  }

  #map(entries: readonly (readonly [ASTNode, ASTNode])[]): Expression {
    const fields = entries.map(([key, value]) => {
      if (key.op !== 'value' || typeof key.args !== 'string') throw new ExpressionFault(key, 'a key must be a string')
      return [key.args, this.compile(value)] as const
    })
    return {
      kind: 'map',
      steps: sumOf(fields.map(([, value]) => value)),
      evaluate: (subject) => {
        // Without a prototype every name is a field like any other.
        const map: Record<string, unknown> = Object.create(null)
        for (const [key, { evaluate }] of fields) {
          const value = evaluate(subject)
          if (value instanceof Failure) return value
          map[key] = value
        }
        return map
      },
    }
  }

  #choice(test: ASTNode, consequent: ASTNode, alternate: ASTNode): Expression {
    const condition = this.condition(test)
    const [yes, no] = [this.compile(consequent), this.compile(alternate)]
    return {
      kind: yes.kind === no.kind ? yes.kind : 'unknown',
      steps: sumOf([condition, yes, no]),
      evaluate: (subject) => {
        const value = condition.evaluate(subject)
        if (value === true) return yes.evaluate(subject)
        return value === false ? no.evaluate(subject) : orNotBoolean(value)
      },
    }
  }

  /** Either side decides alone if it can, even when the other one fails. */
  #logic([left, right]: readonly [ASTNode, ASTNode], decides: boolean): Expression {
    const [first, second] = [this.condition(left), this.condition(right)]
    return {
      kind: 'bool',
      steps: sumOf([first, second]),
      evaluate: (subject) => {
        const value = first.evaluate(subject)
        if (value === decides || subject.left < 0) return value
        const other = second.evaluate(subject)
        if (other === decides) return decides
        return value === !decides && other === !decides ? value : orNotBoolean(value === !decides ? other : value)
      },
    }
  }

  #not(node: ASTNode): Expression {
    const { evaluate, steps } = this.condition(node)
    return {
      kind: 'bool',
      steps: steps + 1,
      evaluate: (subject) => {
        const value = evaluate(subject)
        return typeof value === 'boolean' ? !value : orNotBoolean(value)
      },
    }
  }

  #negate({ evaluate, steps, kind }: Expression): Expression {
    return {
      kind: kind === 'int' ? 'int' : 'double',
      steps: steps + 1,
      evaluate: (subject) => {
        const value = evaluate(subject)
        if (typeof value === 'number') return -value
        return value instanceof Failure ? value : new Failure(`${nameOf(value)} has no negative`)
      },
    }
  }

  #binary(op: string, left: Expression, right: Expression): Expression {
    const comparison = comparisons.get(op)
    if (comparison) return binary(left, right, 'bool', comparison)
    const whole = left.kind === 'int' && right.kind === 'int'
    const operator = op === '/' && whole ? wholeDivision : arithmetic.get(op)
    if (!operator) throw new Error(`the parser gave an unknown operator ${op}`)
    return binary(left, right, whole ? 'int' : left.kind === right.kind ? left.kind : 'unknown', operator)
  }

  #call(node: ASTNode, name: string, args: readonly ASTNode[]): Expression {
    if (name === 'has') return this.#has(node, args)
    const called = functions.get(name)
    if (!called) throw new ExpressionFault(node, `there is no function ${name}(); there are ${names(functions, 'has')}`)
    if (args.length !== 1) throw new ExpressionFault(node, `${name}() takes one argument`)
    return apply(
      called.gives,
      (subject, value) => called.call(subject, value, undefined),
      this.compile(args[0] as ASTNode),
    )
  }

  /** Whether a map has a field; of what is on the way to the map, all must be there. */
  #has(node: ASTNode, [argument, ...more]: readonly ASTNode[]): Expression {
    if (argument?.op !== '.' || more.length > 0)
      throw new ExpressionFault(node, 'has() takes a field, as has(data.name)')
    const [of, name] = argument.args
    return apply(
      'bool',
      (_, value) => (isMap(value) ? Object.hasOwn(value, name) : new Failure(`${nameOf(value)} has no fields`)),
      this.compile(of),
    )
  }

  #method(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[]): Expression {
    if (name === 'matches') return this.#matches(node, receiver, args)
    if (loops.has(name)) return this.#loop(node, name, receiver, args)
    const called = methods.get(name)
    if (!called) {
      const known = names(methods, 'matches', ...loops)
      throw new ExpressionFault(node, `there is no function ${name}() of a value; there are ${known}`)
    }
    if (args.length !== called.arity - 1) {
      throw new ExpressionFault(node, `${name}() takes ${called.arity === 1 ? 'no' : 'one'} argument`)
    }
    const value = this.compile(receiver)
    const [argument] = args.map((arg) => this.compile(arg))
    if (!argument) return apply(called.gives, (subject, of) => called.call(subject, of, undefined), value)
    return binary(value, argument, called.gives, (of, other, subject) => called.call(subject, of, other))
  }

  #matches(node: ASTNode, receiver: ASTNode, [pattern, ...more]: readonly ASTNode[]): Expression {
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string' || more.length > 0) {
      throw new ExpressionFault(pattern ?? node, 'matches() takes one pattern, which must be written out as a string')
    }
    const compiled = compilePattern(pattern.args)
    if (!compiled.ok) throw new ExpressionFault(pattern, `the pattern is not accepted: ${compiled.reason}`)
    this.#instructions += compiled.instructions
    if (this.#instructions > mostInstructions) throw new ExpressionFault(pattern, 'the patterns are too large together')
    return apply('bool', (subject, value) => compiled.matches(subject, value, undefined), this.compile(receiver))
  }

  #loop(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[]): Expression {
    const [variable, ...bodies] = args
    if (variable?.op !== 'id' || bodies.length < 1 || bodies.length > (name === 'map' ? 2 : 1)) {
      throw new ExpressionFault(node, `${name}() takes a variable and an expression, as ${name}(item, …)`)
    }
    const items = this.compile(receiver)
    const slot = this.#scope.push(variable.args) - 1
    const transform = name === 'map' ? this.compile(bodies[bodies.length - 1] as ASTNode) : null
    const condition = name === 'map' && bodies.length === 1 ? null : this.condition(bodies[0] as ASTNode)
    this.#scope.pop()
    const parts = [items, transform, condition].filter((part) => part !== null)
    const loop: Loop = { items: items.evaluate, slot, steps: sumOf(parts) }
    return { ...loopOf(name, loop, condition?.evaluate ?? null, transform?.evaluate ?? null), steps: loop.steps }
  }
}

function loopOf(name: string, loop: Loop, condition: Evaluate | null, transform: Evaluate | null) {
  if (name === 'map' || condition === null)
    return { kind: 'list' as const, evaluate: select(loop, condition, transform) }
  if (name === 'filter') return { kind: 'list' as const, evaluate: select(loop, condition, null) }
  if (name !== 'exists_one') return { kind: 'bool' as const, evaluate: quantify(loop, name === 'exists', condition) }
  const selected = select(loop, condition, null)
  const evaluate = (subject: FilterSubject): unknown => {
    const list = selected(subject)
    return Array.isArray(list) ? list.length === 1 : list
  }
  return { kind: 'bool' as const, evaluate }
}

function constant(kind: Kind, value: unknown): Expression {
  return { kind, steps: 1, evaluate: () => value }
}

function apply(kind: Kind, call: (subject: FilterSubject, value: unknown) => unknown, of: Expression): Expression {
  const { evaluate, steps } = of
  return {
    kind,
    steps: steps + 1,
    evaluate: (subject) => {
      const value = evaluate(subject)
      if (value instanceof Failure) return value
      return subject.left < 0 ? tooCostly : call(subject, value)
    },
  }
}

function binary(left: Expression, right: Expression, kind: Kind, operator: Operator): Expression {
  return {
    kind,
    steps: sumOf([left, right]),
    evaluate: (subject) => {
      const value = left.evaluate(subject)
      if (value instanceof Failure) return value
      const other = right.evaluate(subject)
      if (other instanceof Failure) return other
      return subject.left < 0 ? tooCostly : operator(value, other, subject)
    },
  }
}

const notBoolean = new Failure('a condition is neither true nor false')

function orNotBoolean(value: unknown): Failure {
  return value instanceof Failure ? value : notBoolean
}

function sumOf(parts: readonly Expression[]): number {
  return parts.reduce((sum, { steps }) => sum + steps, 1)
}

function names(known: ReadonlyMap<string, unknown>, ...more: readonly string[]): string {
  return [...known.keys(), ...more].sort().join(', ')
}

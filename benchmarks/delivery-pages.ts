import { uuidFloor } from '../server/domain/identifier.ts'
import { rareTag, rareType, tags, types } from './delivery-history.ts'

/** A page that somebody asks for, and what everything on it must have. */
export interface AskedPage {
  readonly query: Readonly<Record<string, string>>
  passes(found: Found): boolean
}

/** A delivery or an event of an answer. */
export interface Found {
  readonly id: string
  readonly type: string
  /** Of deliveries. */
  readonly event: string
  readonly endpoint: string
  readonly state: string
  readonly created_at: string
  /** Of events. */
  readonly tags: readonly string[]
  readonly received_at: string
}

/** Pages of one kind: the same question about different things. */
export interface PageKind {
  readonly what: string
  readonly list: 'deliveries' | 'events'
  /** Whether there is something to be found; null: as chance has it. */
  readonly found: boolean | null
  make(): AskedPage
}

export interface Listed {
  /** Of the API; the later, the fewer deliveries. */
  readonly endpoints: readonly string[]
  /** Some events of the API. */
  readonly events: readonly string[]
  /** How many deliveries there are, and from when until when, evenly spread. */
  readonly count: number
  readonly from: Date
  readonly until: Date
}

const hour = 3_600_000

/** The kinds of pages that are measured on a history of deliveries. */
export function pageKinds({ endpoints, events, count, from, until }: Listed): PageKind[] {
  const somewhere = (margin: number): number =>
    from.getTime() + margin + Math.random() * (until.getTime() - from.getTime() - 2 * margin)
  const one = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item
  const field = (name: 'endpoint' | 'event' | 'state' | 'type', value: string): AskedPage => ({
    query: { [name]: value },
    passes: (found) => found[name] === value,
  })
  const tag = (value: string): AskedPage => ({ query: { tag: value }, passes: ({ tags }) => tags.includes(value) })
  const all = (...asked: readonly AskedPage[]): AskedPage => ({
    query: Object.assign({}, ...asked.map(({ query }) => query)),
    passes: (found) => asked.every(({ passes }) => passes(found)),
  })
  const anHour = (): AskedPage => {
    const since = somewhere(hour)
    const [first, end] = [new Date(since).toISOString(), new Date(since + hour).toISOString()]
    const passes = ({ created_at: created, received_at: received }: Found) => {
      const at = created ?? received
      return at >= first && at < end
    }
    return { query: { since: first, until: end }, passes }
  }
  /** As if somebody had turned pages up to there. */
  const deep = (): AskedPage => ({
    query: { cursor: Buffer.from(uuidFloor(Math.floor(somewhere(5 * 24 * hour))), 'latin1').toString('base64url') },
    passes: () => true,
  })
  const large = () => field('endpoint', endpoints[0] as string)
  const small = () => field('endpoint', one(endpoints.slice(endpoints.length / 2, -1)))
  const smallest = () => field('endpoint', endpoints.at(-1) as string)
  const often = () => field('type', one(types.slice(0, 3)))
  const rare = () => field('type', rareType)
  const never = () => field('type', 'contract.burnt')
  const state = (name: string) => field('state', name)
  const search = (q: string): AskedPage => ({ query: { q }, passes: () => true })
  const newestNumber = () => Math.floor(count / 2 - Math.random() * 20_000)
  const kinds = (list: PageKind['list'], found: PageKind['found'], made: Readonly<Record<string, () => AskedPage>>) =>
    Object.entries(made).map(([what, make]) => ({ what, list, found, make }))
  return [
    ...kinds('deliveries', true, {
      'no filter': () => all(),
      'no filter, far down': deep,
      'the endpoint with half of them': large,
      'the same, far down': () => all(large(), deep()),
      'a small endpoint': small,
      'an endpoint with 50 of them': smallest,
      delivered: () => state('delivered'),
      'dead letters': () => state('dead_letter'),
      'dead letters, far down': () => all(state('dead_letter'), deep()),
      retrying: () => state('retrying'),
      held: () => state('held'),
      canceled: () => state('canceled'),
      'a frequent type': often,
      'a type with 100 of them': rare,
      'a frequent type, dead letters': () => all(often(), state('dead_letter')),
      'a frequent type, far down': () => all(often(), deep()),
      'a rare type at the large endpoint, delivered': () => all(rare(), large(), state('delivered')),
      'an hour': anHour,
      'an hour of a frequent type, delivered': () => all(anHour(), often(), state('delivered')),
      'of one event': () => field('event', one(events)),
    }),
    ...kinds('deliveries', null, {
      'dead letters of a small endpoint': () => all(state('dead_letter'), small()),
      'retrying at a small endpoint': () => all(state('retrying'), small()),
    }),
    ...kinds('deliveries', false, {
      'a type that does not occur': never,
      'the same, far down': () => all(never(), deep()),
      'a type that does not occur, at a small endpoint': () => all(never(), small()),
    }),
    ...kinds('events', true, {
      'no filter': () => all(),
      'no filter, far down': deep,
      'a frequent type': often,
      'a type with 50 of them': rare,
      'a frequent tag': () => tag(one(tags)),
      'a tag with 50 of them': () => tag(rareTag),
      'a frequent tag and a frequent type, far down': () => all(tag(one(tags)), often(), deep()),
      'an hour': anHour,
      'a text in all of them': () => search('acme corp'),
      'a text in one of the newest 20,000': () => search(`"${String(newestNumber()).padStart(10, '0')}"`),
    }),
    ...kinds('events', false, {
      'a tag that does not occur': () => tag('region:moon'),
      'a text that does not occur': () => search('no such text'),
      'a text that does not occur, in an hour': () => all(search('no such text'), anHour()),
    }),
  ]
}

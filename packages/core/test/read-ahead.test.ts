import { describe, expect, it } from 'vitest'
import { createSubscriber, type Page, type ReadRange, type SubscribeOptions, wireError } from '../src/index.ts'
import { createFakeClock } from '../src/testing/index.ts'
import { event, page, puppet } from './puppet.ts'

const head = 3000

function pageAfter({ after, limit }: Pick<ReadRange, 'after' | 'limit'>, extra: Partial<Page> = {}): Page {
  const from = after?.seq ?? 0
  const through = Math.min(head, from + limit)
  const { id } = event(through)
  return { ...page(through, from), head, mark: event(head).id.slice(-8), throughMark: id.slice(-8), ...extra }
}

/** A wire whose first page has 1,000 events of 3,000, and whose reads are answered when the test says. */
function heldWire() {
  const wire = puppet()
  const asked: { range: ReadRange; answer: (page: Page) => void; fail: () => void }[] = []
  wire.attach = async () => pageAfter({ limit: 1000 })
  wire.read = (range) =>
    new Promise((resolve, reject) => {
      asked.push({ range, answer: resolve, fail: () => reject(wireError('retry', 'unavailable', 'failed')) })
    })
  return { wire, asked }
}

function follow(wire: ReturnType<typeof puppet>, extra: Partial<SubscribeOptions> = {}) {
  const clock = createFakeClock()
  const seqs: number[] = []
  const gaps: string[] = []
  const subscriber = createSubscriber({ transport: wire.transport, clock, random: () => 0.5, staleMs: 1000 })
  const subscription = subscriber.subscribe('job:1', {
    from: 'start',
    event: ({ seq }) => void seqs.push(seq),
    gap: ({ reason, from, to }) => void gaps.push(`${reason} ${from.seq}-${to.seq}`),
    error() {},
    ...extra,
  })
  return { clock, seqs, gaps, subscriber, subscription }
}

const all = Array.from({ length: head }, (_, index) => index + 1)

/** Answers everything that is asked, in its order, as the log is. */
async function answerAll({ asked }: ReturnType<typeof heldWire>, clock: ReturnType<typeof createFakeClock>) {
  let most = 0
  let count = 0
  for (; asked.length > 0; count++) {
    most = Math.max(most, asked.length)
    const next = asked.shift()
    next?.answer(pageAfter(next.range))
    await clock.settle()
  }
  return { most, count }
}

describe('reading ahead', () => {
  it('[D1][D2] asks for the next page while one is under way, and delivers all once', async () => {
    const held = heldWire()
    const { clock, seqs } = follow(held.wire)
    await clock.settle()
    expect(held.asked.map(({ range }) => range.after?.seq)).toEqual([1000, 1999])
    expect(await answerAll(held, clock)).toEqual({ most: 2, count: 3 })
    expect(seqs).toEqual(all)
  })

  it('[D4c] a log that was taken back between two pages is found out: what was read ahead is not believed', async () => {
    const held = heldWire()
    const { clock, seqs, gaps } = follow(held.wire)
    await clock.settle()
    const [first, ahead] = held.asked.splice(0)
    first?.answer(pageAfter(first.range))
    const other = pageAfter(ahead?.range ?? { limit: 1 })
    ahead?.answer({ ...other, events: other.events.map((each) => ({ ...each, id: `other-${each.seq}` })) })
    await clock.settle()
    expect(held.asked.at(-1)?.range.after).toEqual({ epoch: 'e', seq: 2000, mark: 'ent-2000' })
    for (let asked = 0; asked < 2; asked++) {
      held.asked.pop()?.answer(pageAfter({ limit: 0 }, { rewound: true, events: [] }))
      await clock.advance(1000)
    }
    expect(gaps).toEqual(['rewound 2000-3000'])
    expect(seqs).toEqual(all.slice(0, 2000))
  })

  it.each([
    ['is shorter than foreseen', (range: ReadRange) => pageAfter({ ...range, limit: 200 })],
    ['ends with what is hidden', (range: ReadRange) => hidingLast(pageAfter(range))],
  ])('[D1c] where a page %s, the next one is asked for again', async (_, answer) => {
    const held = heldWire()
    const { clock, seqs } = follow(held.wire)
    await clock.settle()
    const first = held.asked.shift()
    const hidden = new Set(all.slice(1000, 2000))
    if (first) for (const { seq } of answer(first.range).events) hidden.delete(seq)
    first?.answer(answer(first.range))
    await clock.settle()
    await answerAll(held, clock)
    const reachedFirst = answer({ after: { seq: 1000 }, limit: 1000 }).through
    expect(seqs).toEqual(all.filter((seq) => !(hidden.has(seq) && seq <= reachedFirst)))
  })

  it('one that fails is asked for again', async () => {
    const held = heldWire()
    const { clock, seqs } = follow(held.wire)
    await clock.settle()
    const [first, ahead] = held.asked.splice(0)
    ahead?.fail()
    first?.answer(pageAfter(first.range))
    await clock.settle()
    await answerAll(held, clock)
    expect(seqs).toEqual(all)
  })

  it('[D8] while a handler stands still, no more than one page is read ahead', async () => {
    const held = heldWire()
    const { clock, seqs } = follow(held.wire, {
      event: ({ seq }) => {
        seqs.push(seq)
        return seq === 600 ? new Promise(() => {}) : undefined
      },
    })
    await clock.settle()
    // One that fills the buffer after the rest of the first page, and one more.
    expect(await answerAll(held, clock)).toEqual({ most: 2, count: 2 })
    expect(seqs.at(-1)).toBe(600)
  })

  it('[D1b] what was read ahead is no answer to a doubt that came later', async () => {
    const held = heldWire()
    const { clock, seqs } = follow(held.wire)
    await clock.settle()
    const [first] = held.asked.splice(0)
    held.wire.sinks[0]?.head()
    first?.answer(pageAfter(first.range))
    await clock.settle()
    expect(held.asked.map(({ range }) => range.after)).toEqual([{ epoch: 'e', seq: 2000, mark: 'ent-2000' }])
    await answerAll(held, clock)
    expect(seqs).toEqual(all)
  })

  it('[D9] after unsubscribe() nothing is left of it', async () => {
    const held = heldWire()
    const { clock, seqs, subscription } = follow(held.wire)
    await clock.settle()
    subscription.unsubscribe()
    for (const { fail } of held.asked) fail()
    await clock.settle()
    expect(seqs).toEqual(all.slice(0, 1000))
  })
})

function hidingLast({ throughMark: _, ...rest }: Page): Page {
  return { ...rest, events: rest.events.slice(0, -1) }
}

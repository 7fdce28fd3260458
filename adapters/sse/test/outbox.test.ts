import { describe, expect, it } from 'vitest'
import { Outbox, type Outlet, Turn } from '../src/server/outbox.ts'

/** A response that lets nothing out until it is told to. */
function clogged() {
  const written: string[] = []
  let waiting: (() => void)[] = []
  let bufferedBytes = 0
  const outlet: Outlet = {
    write(chunk) {
      bufferedBytes += chunk.length
      written.push(typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk))
    },
    end: () => void written.push('END'),
    get bufferedBytes() {
      return bufferedBytes
    },
    flushed: (done) => void waiting.push(done),
  }
  return {
    outlet,
    written,
    letOut() {
      bufferedBytes = 0
      const tasks = waiting
      waiting = []
      for (const task of tasks) task()
    },
  }
}

function outboxOf(outlet: Outlet): Outbox {
  const outbox = new Outbox(new Turn((task) => task()), () => {})
  outbox.connect(outlet)
  return outbox
}

const large = 'x'.repeat(70_000)

describe('an outbox', () => {
  it('lets out the frames of one turn as one chunk', () => {
    const { outlet, written } = clogged()
    let turn = (): void => {}
    const outbox = new Outbox(
      new Turn((task) => {
        turn = task
      }),
      () => {},
    )
    outbox.connect(outlet)
    outbox.push('a')
    outbox.push('b')
    expect(written).toEqual([])
    turn()
    expect(written).toEqual(['ab'])
  })

  it('[D8] holds frames back while the response is full, and goes on when it is not', async () => {
    const { outlet, written, letOut } = clogged()
    const outbox = outboxOf(outlet)
    outbox.push(large)
    outbox.push('a')
    outbox.push('b')
    expect(written).toEqual([large])
    expect(outbox.bufferedBytes).toBe(70_002)
    const drained = outbox.drained()
    letOut()
    letOut()
    await drained
    expect(written).toEqual([large, 'ab'])
  })

  it("[D10a] drops what still waits of a topic whose right was lost, and nothing of the others'", () => {
    const { outlet, written, letOut } = clogged()
    const outbox = outboxOf(outlet)
    outbox.push(large)
    outbox.push('secret', 'secret:1')
    outbox.push('open', 'open:1')
    outbox.drop('secret:1')
    outbox.push('lost')
    letOut()
    expect(written).toEqual([large, 'openlost'])
  })

  it('[D8] lets a large text out part by part, and ends after it', () => {
    const { outlet, written, letOut } = clogged()
    const outbox = outboxOf(outlet)
    outbox.pushParts([large, 'a', large, 'b'])
    outbox.end()
    expect(written).toEqual([large])
    letOut()
    expect(written).toEqual([large, `a${large}`])
    letOut()
    expect(written).toEqual([large, `a${large}`, 'b', 'END'])
  })

  it('[D10a] brings a text of which a part has left to its end', () => {
    const { outlet, written, letOut } = clogged()
    const outbox = outboxOf(outlet)
    outbox.pushParts([large, 'end'], 'secret:1')
    outbox.push('secret', 'secret:1')
    outbox.drop('secret:1')
    expect(outbox.bufferedBytes).toBe(70_003)
    letOut()
    expect(written).toEqual([large, 'end'])
  })

  it('[D10a] drops the events of all topics, and still says why it ends', () => {
    const { outlet, written, letOut } = clogged()
    const outbox = outboxOf(outlet)
    outbox.push(large)
    outbox.push('secret', 'secret:1')
    outbox.drop()
    outbox.push('closing')
    outbox.end()
    letOut()
    expect(written).toEqual([large, 'closing', 'END'])
  })
})

// What emits: as many events per second as it is told, to all topics in turn.
import { createEmitter } from '@steadywire/core'
import { redisLog } from '@steadywire/log-redis'
import { dataOf, sharedNow } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { heapInUse } from '../process.ts'
import { retention, topicOf } from './scene.ts'

const counts: number[] = []
let emitter: ReturnType<typeof createEmitter> | undefined
let emitting: NodeJS.Timeout | undefined
let failed = 0

answerCommands({
  start(redisPort = 0, topics = 1, perSecond = 1) {
    const log = redisLog({ redis: { host: '127.0.0.1', port: redisPort }, retention })
    // Longer than anything that is broken on purpose lasts: what was emitted must get into the log.
    const out = createEmitter({ to: log, giveUpAfterMs: 240_000, deadlineMs: 5000, observe() {} })
    counts.push(...new Array<number>(topics).fill(0))
    const started = performance.now()
    let emitted = 0
    const emitDue = (): void => {
      for (const due = ((performance.now() - started) * perSecond) / 1000; emitted < due; emitted++) {
        const topic = emitted % topics
        const n = (counts[topic] ?? 0) + 1
        counts[topic] = n
        out.emit(topicOf(topic), 'terminal', { ...dataOf(n, { at: sharedNow() }), n }).catch(() => void failed++)
      }
    }
    emitting = setInterval(emitDue, 10)
    emitter = out
    return []
  },
  /** Answers how many events each topic got. */
  async stop() {
    clearInterval(emitting)
    await emitter?.flush()
    if (failed > 0) throw new Error(`${failed} events could not be emitted`)
    return counts
  },
  heap: async () => [await heapInUse()],
})

import { createEmitter, createSubscriber, defineTopic, type EventOf, type InputOf, type TypeOf } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import * as z from 'zod'

const session = defineTopic('session:{sessionId}', {
  thinking: z.object({ iteration: z.number().int(), toolsUsed: z.array(z.string()).default([]) }),
  terminal: z.object({ command: z.string(), exitCode: z.number().optional() }),
  seconds: z.string().transform(Number),
})
const two = defineTopic('org:{orgId}:user:{userId}', { seen: v.object({ at: v.optional(v.number(), 0) }) })
const marked = defineTopic('file:{id}', { body: z.object({ text: z.string() }) }, { oversize: 'mark' })
const topic = session({ sessionId: 'a' })
const emitter = createEmitter({ to: { append: async () => [] } })
const { transport } = createTestWire()
const subscriber = createSubscriber({ transport })
const gap = (): void => {}

// Parameters
session({ sessionId: 42 })
two({ orgId: 1, userId: 'b' })
// @ts-expect-error: another parameter
session({ jobId: 'a' })
// @ts-expect-error: one is missing
two({ orgId: 1 })
// @ts-expect-error: not a text
session({ sessionId: true })

// What is emitted is the schema's input, what is handled its output
expectTypeOf<TypeOf<typeof topic>>().toEqualTypeOf<'thinking' | 'terminal' | 'seconds'>()
expectTypeOf<InputOf<typeof topic, 'thinking'>>().toEqualTypeOf<{
  iteration: number
  toolsUsed?: string[] | undefined
}>()
void emitter.emit(topic, 'thinking', { iteration: 1 })
void emitter.emit(topic, 'thinking', { iteration: 1, toolsUsed: ['a'] }, { key: 'k', final: true })
void emitter.emit(topic, 'seconds', '5')
void emitter.emit('plain', 'any', { what: 'ever' })
void emitter.emit(two({ orgId: 1, userId: 2 }), 'seen', {})
// @ts-expect-error: no such type
void emitter.emit(topic, 'thinkin', { iteration: 1 })
// @ts-expect-error: wrong data
void emitter.emit(topic, 'thinking', { iteration: 'one' })
// @ts-expect-error: the data of another type
void emitter.emit(topic, 'thinking', { command: 'ls' })
// @ts-expect-error: the output, not the input
void emitter.emit(topic, 'seconds', 5)
// @ts-expect-error: wrong data, by another validator
void emitter.emit(two({ orgId: 1, userId: 2 }), 'seen', { at: 'noon' })
// @ts-expect-error: wrong data
void emitter.tryEmit(topic, 'thinking', { iteration: 'one' })

// tryEmit is discriminated
const tried = await emitter.tryEmit(topic, 'thinking', { iteration: 1 })
if (tried.ok) expectTypeOf(tried.position.seq).toEqualTypeOf<number>()
else expectTypeOf(tried.error.code).toExtend<string>()

// emitAll checks each entry by its own topic and type
const [first, second] = await emitter.emitAll([
  { topic, type: 'thinking', data: { iteration: 1, toolsUsed: ['a'] } },
  { topic: marked({ id: 1 }), type: 'body', data: { text: '' }, key: 'k' },
])
expectTypeOf(first.duplicate).toEqualTypeOf<boolean>()
expectTypeOf(second.position.seq).toEqualTypeOf<number>()
void emitter.emitAll([{ topic: 'plain', type: 'any', data: 1 }])
// @ts-expect-error: no such type
void emitter.emitAll([{ topic, type: 'thinkin', data: { iteration: 1 } }])
// @ts-expect-error: the data of another type
void emitter.emitAll([{ topic, type: 'thinking', data: { command: 'ls' } }])

// text
emitter.text(topic, 'terminal', (command) => ({ command }))
// @ts-expect-error: toData gives something else
emitter.text(topic, 'terminal', (output) => ({ output }))

// A handler's event is a union, discriminated by type
subscriber.subscribe(topic, {
  gap,
  event(event) {
    expectTypeOf(event).toEqualTypeOf<EventOf<typeof topic>>()
    expectTypeOf(event.type).toEqualTypeOf<'thinking' | 'terminal' | 'seconds'>()
    if (event.type === 'thinking') expectTypeOf(event.data.toolsUsed).toEqualTypeOf<string[]>()
    if (event.type === 'seconds') expectTypeOf(event.data).toEqualTypeOf<number>()
    // @ts-expect-error: which type it is must be asked first
    event.data.command
  },
})

// `types` narrows it
subscriber.subscribe(topic, {
  types: ['terminal'],
  gap,
  event(event) {
    expectTypeOf(event.type).toEqualTypeOf<'terminal'>()
    expectTypeOf(event.data.command).toEqualTypeOf<string>()
  },
})
subscriber.subscribe(topic, {
  types: ['terminal', 'seconds'],
  load: () => {},
  event: (event) => expectTypeOf(event.type).toEqualTypeOf<'terminal' | 'seconds'>(),
})
subscriber.subscribe(topic, {
  // @ts-expect-error: no such type
  types: ['terminl'],
  gap,
  event() {},
})

// `gap` or `load` is required
// @ts-expect-error: neither
subscriber.subscribe(topic, { event() {} })
// @ts-expect-error: neither, in effect
subscriber.subscribe(topic, { event() {}, gap: undefined })
subscriber.subscribe(topic, { event() {}, gap, load: () => {} })
subscriber.subscribe(topic, { event() {}, gap, require: 'gapless' })

// A plain name gives unknown data, which may have been left out
subscriber.subscribe('plain', {
  gap,
  event(event) {
    expectTypeOf(event.type).toEqualTypeOf<string>()
    if (!event.truncated) expectTypeOf(event.data).toEqualTypeOf<unknown>()
  },
})

// `oversize: 'mark'` is honest: data, or none
subscriber.subscribe(marked({ id: 1 }), {
  gap,
  event(event) {
    // @ts-expect-error: the data may have been left out
    event.data.text
    if (event.truncated) expectTypeOf(event.data).toEqualTypeOf<undefined>()
    else expectTypeOf(event.data.text).toEqualTypeOf<string>()
  },
})

// The pulled stream gives the same events
for await (const event of subscriber.stream(topic, { types: ['terminal'], gaps: 'throw' }))
  expectTypeOf(event.data.command).toEqualTypeOf<string>()

// 300 event types infer
type Name = `type${0 | 1 | 2}${Digit}${Digit}`
type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
type Many = { readonly [K in Name]: z.ZodObject<{ [P in K]: z.ZodNumber }> }
declare const schemas: Many
const many = defineTopic('many:{id}', schemas)({ id: 1 })
expectTypeOf<TypeOf<typeof many>>().toEqualTypeOf<Name>()
void emitter.emit(many, 'type123', { type123: 1 })
// @ts-expect-error: the data of another type
void emitter.emit(many, 'type123', { type124: 1 })
subscriber.subscribe(many, {
  gap,
  event(event) {
    if (event.type === 'type299') expectTypeOf(event.data).toEqualTypeOf<{ type299: number }>()
  },
})

import { eventTable } from '../src/index.ts'

interface Row {
  readonly id: string
  readonly room: string
  readonly kind: string
  readonly body: unknown
}

eventTable<Row>()({ table: 'notes', topic: 'room:{room}', columns: { type: 'kind', data: 'body' } })
// @ts-expect-error: there is no such column to name a topic by
eventTable<Row>()({ table: 'notes', topic: 'room:{chamber}' })
// @ts-expect-error: nor this one
eventTable<Row>()({ table: 'notes', topic: 'room:{room}', columns: { type: 'sort' } })
eventTable()({ table: 'notes', topic: 'room:{whatever}', columns: { type: 'anything' } })

import { randomUUID } from 'node:crypto'
import { type Database, literal } from '../postgres/database.ts'
import type { Claims } from '../token.ts'
import { asReader } from './visible.ts'

/** What Realtime says when a policy can't be asked. */
export const unreachable = 'Realtime was unable to connect to the project database'

/** Whether policies on realtime.messages let someone read a private topic: a message of it is put there, looked for, and taken back. */
export async function mayRead(database: Database, topic: string, claims: Claims): Promise<boolean> {
  const id = literal(randomUUID())
  try {
    const results = await database.script(`
      begin;
      insert into realtime.messages (id, topic, extension) values (${id}, ${literal(topic)}, 'broadcast');
      ${asReader(claims)}, ${about(topic)};
      select from realtime.messages where id = ${id};
      rollback`)
    return results[3]?.length === 1
  } catch (error) {
    // A policy that fails lets nobody in.
    if (stateOf(error) !== undefined) return false
    throw error
  }
}

/** The same for sending. */
export async function mayWrite(database: Database, topic: string, claims: Claims): Promise<boolean> {
  try {
    await database.script(`
      begin;
      ${asReader(claims)}, ${about(topic)};
      insert into realtime.messages (topic, extension) values (${literal(topic)}, 'broadcast');
      rollback`)
    return true
  } catch (error) {
    if (stateOf(error) !== undefined) return false
    throw error
  }
}

/** What PostgreSQL itself said; a connection that was lost says something else. */
const stateOf = (error: unknown) =>
  error instanceof Error && 'code' in error && /^(?!08|53|57P)[0-9A-Z]{5}$/.test(String(error.code))
    ? error.code
    : undefined

const about = (topic: string) => `set_config('realtime.topic', ${literal(topic)}, true)`

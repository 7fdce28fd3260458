import { createEmitter } from '@steadywire/core'
import { supabase } from '@steadywire/supabase'
import { team } from './team.ts'

const { SUPABASE_URL: url = '', SUPABASE_SECRET_KEY: key = '' } = process.env
export const emitter = createEmitter({ to: supabase({ url, key }) })

/** With the note's id as key a repeat is harmless: the second one makes no second event. */
export async function tellOfNote(teamId: string, noteId: string, text: string): Promise<void> {
  await emitter.emit(team({ teamId }), 'note.added', { text }, { key: noteId })
}

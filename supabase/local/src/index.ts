export type { AnswerRest, Answers, BroadcastAbout, ChangeAbout, End, Faults, Which } from './faults.ts'
export type { Limits } from './limits.ts'
export { type Supabase, type SupabaseOptions, startSupabase } from './start.ts'
export type { TokenOptions } from './token.ts'

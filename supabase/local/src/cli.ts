#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startSupabase } from './start.ts'

// In this project's own repository the migrations are beside this package, elsewhere where Supabase has them.
const places = [join(import.meta.dirname, '../../migrations'), join(process.cwd(), 'supabase/migrations')]
const migrations = places.filter((place) => existsSync(place)).slice(0, 1)

// Known to everybody, and the same every time, so that an app's settings need not change.
const jwtSecret = process.env.JWT_SECRET ?? 'steadywire-supabase-for-development-only'

const supabase = await startSupabase({ port: Number(process.env.PORT ?? 54321), migrations, jwtSecret })
console.log(`
  url              ${supabase.url}
  publishable key  ${supabase.publishableKey}
  secret key       ${supabase.secretKey}
  JWT secret       ${supabase.jwtSecret}
  database         ${supabase.databaseUrl}
  migrations       ${migrations[0] ?? 'none found'}

Ctrl-C ends it, and throws its data away unless DATABASE_URL named a database.`)

const stop = () => void supabase.close()
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

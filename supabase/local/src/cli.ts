#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startSupabase } from './start.ts'

// In this project's own repository the migrations are beside this package, elsewhere where Supabase has them.
const places = [join(import.meta.dirname, '../../migrations'), join(process.cwd(), 'supabase/migrations')]
const migrations = places.filter((place) => existsSync(place)).slice(0, 1)

const supabase = await startSupabase({ port: Number(process.env.PORT ?? 54321), migrations })
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

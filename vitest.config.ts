import { defineConfig } from 'vitest/config'

const conditions = ['@steadywire/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{packages,adapters,examples}/*/test/**/*.test.{ts,tsx}',
      '{conformance,bench,supabase,supabase/local,tools}/test/**/*.test.ts',
    ],
    testTimeout: 20_000,
  },
})

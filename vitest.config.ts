import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@steadywire/source']
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const tests = [
  '{packages,adapters,examples}/*/test/**/*.test.{ts,tsx}',
  '{conformance,bench,supabase,supabase/local,tools}/test/**/*.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 20_000,
    setupFiles: [file('tools/patience.ts')],
    expect: { poll: { timeout: 10_000 } },
    projects: [
      { extends: true, test: { name: 'all', include: tests } },
      {
        // The bindings once more, on the oldest React that they promise.
        extends: true,
        resolve: {
          alias: {
            react: file('tools/react-18/node_modules/react'),
            'react-dom': file('tools/react-18/node_modules/react-dom'),
            '@testing-library/react': file('node_modules/@testing-library/react/dist/@testing-library/react.esm.js'),
          },
        },
        test: {
          name: 'react 18',
          include: ['packages/react/test/{use-*,connection-*,status-*,tanstack-*}.test.tsx'],
          server: { deps: { inline: [/@testing-library/, /@tanstack/] } },
        },
      },
    ],
  },
})

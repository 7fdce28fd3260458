import type { Options } from 'tsup'

/** How every package is built: ESM for browsers, Node, Bun, Deno and workers; tsc adds the types. */
export function library(entry: string[]): Options {
  return { entry, format: ['esm'], target: 'es2023', platform: 'neutral', sourcemap: true, clean: true, treeshake: true }
}

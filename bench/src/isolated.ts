import type { Measure } from './measure.ts'
import { endWithParent } from './process.ts'

endWithParent()
const [name, quick] = process.argv.slice(2)
const { measure }: { readonly measure: Measure } = await import(`./measures/${name}.ts`)
try {
  const found = await measure(quick === 'quick')
  process.send?.(found, () => process.exit())
} catch (error) {
  console.error(`  ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

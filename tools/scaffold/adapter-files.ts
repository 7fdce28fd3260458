/** The files of a new adapter: path → text. */
export function filesOf(name: string, version: string): Readonly<Record<string, string>> {
  const fn = name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return {
    'package.json': packageJson(name, version),
    'tsconfig.build.json': json({
      extends: '../../tsconfig.build.json',
      compilerOptions: { rootDir: 'src', outDir: 'dist' },
      include: ['src'],
    }),
    'src/index.ts': source(name, fn),
    'test/conformance.test.ts': conformanceTest(name, fn),
    'README.md': `# @steadywire/${name}\n\nA Steadywire adapter in the making: \`npm test -- adapters/${name}\` tells what is missing.\n`,
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

function packageJson(name: string, version: string): string {
  return json({
    name: `@steadywire/${name}`,
    version,
    description: `Steadywire over ${name}.`,
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    repository: {
      type: 'git',
      url: 'git+https://github.com/steadywire/steadywire.git',
      directory: `adapters/${name}`,
    },
    engines: { node: '>=22' },
    files: ['dist', 'src', 'README.md'],
    exports: {
      '.': {
        '@steadywire/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    },
    publishConfig: { access: 'public', provenance: true },
    scripts: {
      build: 'tsup --config ../../tools/tsup.config.ts && tsc -p tsconfig.build.json',
      'lint:package': 'publint --strict && attw --pack . --profile esm-only',
    },
    dependencies: { '@steadywire/core': version },
    devDependencies: { '@steadywire/conformance': version },
  })
}

function source(name: string, fn: string): string {
  return `import { type Transport, wireError } from '@steadywire/core'

/** Steadywire over ${name}. It reports what happens on the wire; what to do about it is decided by the core. */
export function ${fn}(): Transport {
  return {
    name: '${name}',
    capabilities: { positions: true, heads: false, append: false, renew: false },
    async connect() {
      throw wireError('config', 'not_supported', 'The ${name} adapter does not connect yet', {
        hint: 'Open the wire here and answer a Connection: see packages/core/src/transport.ts, and adapters/memory for a small one.',
      })
    },
  }
}
`
}

function conformanceTest(name: string, fn: string): string {
  return `import { testTransport } from '@steadywire/conformance'
import { ${fn} } from '../src/index.ts'

testTransport({
  name: '${name}',
  // Start the server half on 127.0.0.1 over \`gateway\` here, and answer its port.
  setup: async () => ({ transport: () => ${fn}(), close: async () => {} }),
})
`
}

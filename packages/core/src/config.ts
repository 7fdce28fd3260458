import { suggestion } from './closest.ts'
import { isWireError, messageOf, SteadywireError, type WireError, wireError } from './errors.ts'
import type { AnyTransport, Transport } from './transport.ts'

/** Makes a transport from its options, such as `sse`. */
type Factory = (options: never) => AnyTransport

/** A factory whose code is loaded when the transport connects. Made by {@link lazy}. */
export interface Lazy<Module = unknown> {
  readonly load: () => Promise<Module>
}

/** The transports that an app knows, by the name that its configuration uses. */
export type TransportRegistry = Readonly<Record<string, Factory | Lazy>>

/** A configuration that is not known before the program runs. */
export interface TransportConfig {
  readonly transport: string
  readonly [option: string]: unknown
}

type FactoryOf<Entry, Name> =
  Entry extends Lazy<infer Module>
    ? Module extends Factory
      ? Module
      : Name extends keyof Module
        ? Module[Name]
        : 'default' extends keyof Module
          ? Module['default']
          : never
    : Entry

type OptionsOf<Entry, Name> =
  FactoryOf<Entry, Name> extends (options: infer Options) => AnyTransport ? Options : unknown

type Known<R extends TransportRegistry> = {
  [Name in keyof R & string]: { readonly transport: Name } & OptionsOf<R[Name], Name>
}[keyof R & string]

/** A literal is checked against the registry; a configuration that was read somewhere is checked when it is used. */
type Checked<C extends { readonly transport: string }, R extends TransportRegistry> = string extends C['transport']
  ? unknown
  : Known<R>

type Made<C extends { readonly transport: string }, R extends TransportRegistry> = {
  [Name in keyof R]: R[Name] extends (options: never) => infer T ? T : Transport
}[string extends C['transport'] ? keyof R : C['transport'] & keyof R]

/**
 * Defers the code of a transport until it connects. The module's export with the registry's name is taken, or its default
 * export. For transports with positions; until the code is there the core takes it that heads do not travel by themselves.
 *
 * @example
 * transportFromConfig(config, { sse, socketio: lazy(() => import('@steadywire/socketio')) })
 */
export function lazy<Module>(load: () => Promise<Module>): Lazy<Module> {
  return { load }
}

/**
 * Makes the transport that a configuration names. Synchronous; options are checked by the transport's own factory, for a
 * {@link lazy} one when it first connects.
 *
 * @example
 * const transport = transportFromConfig({ transport: 'sse', url: '/live' }, { sse, socketio: lazy(() => import('@steadywire/socketio')) })
 *
 * @throws SteadywireError `invalid_config`, with the names that are known
 */
export function transportFromConfig<const C extends { readonly transport: string }, const R extends TransportRegistry>(
  config: C & Checked<C, R>,
  registry: R,
): Made<C, R> {
  return make(config, registry) as Made<C, R>
}

/**
 * Reads a transport's configuration from a backend's environment: `STEADYWIRE_TRANSPORT` names it, every other variable with
 * the prefix is an option in camel case (`STEADYWIRE_URL` → `url`; of names in `_MS` a number is made). `STEADYWIRE_TOKEN` is
 * left out: a token belongs to the identity of a subscriber or emitter.
 *
 * @example
 * const transport = transportFromConfig(fromEnv(process.env), { sse, memory })
 *
 * @throws SteadywireError `invalid_config`
 */
export function fromEnv(env: Readonly<Record<string, string | undefined>>, prefix = 'STEADYWIRE_'): TransportConfig {
  const {
    transport,
    token: _,
    ...options
  } = Object.fromEntries(
    Object.entries(env)
      .filter(([name, value]) => name.startsWith(prefix) && value !== undefined && value !== '')
      .map(([name, value]) => [camelCase(name.slice(prefix.length)), name.endsWith('_MS') ? Number(value) : value]),
  )
  if (typeof transport === 'string') return { ...options, transport }
  throw new SteadywireError('invalid_config', `${prefix}TRANSPORT is not set`, {
    hint: `Set it to the transport's name, and ${prefix}URL to where it connects.`,
  })
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function make(config: unknown, registry: TransportRegistry): AnyTransport {
  if (typeof config !== 'object' || config === null || !('transport' in config) || typeof config.transport !== 'string')
    throw invalid(
      'A transport configuration needs the name of a transport',
      `Write { transport: 'sse', … }. ${suggestion('', Object.keys(registry))}`,
    )
  const { transport: name, ...options } = config
  const entry = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (!entry) throw invalid(`No transport is called ${JSON.stringify(name)}`, suggestion(name, Object.keys(registry)))
  return typeof entry === 'function' ? entry(options as never) : lazily(name, entry, options)
}

function lazily(name: string, { load }: Lazy, options: object): Transport {
  let made: Transport | undefined
  let making: Promise<Transport> | undefined
  const resolve = async (): Promise<Transport> => {
    const factory = pick(name, await loaded(name, load))
    const transport = factory(options as never)
    if (!isSequenced(transport))
      throw wireError('config', 'invalid_config', `${name} has no positions and can't be loaded lazily`, {
        hint: 'Put its factory itself into the registry.',
      })
    made = transport
    return transport
  }
  const again = (thrown: unknown): never => {
    making = undefined
    throw asConfigError(name, thrown)
  }
  return {
    name,
    get capabilities() {
      return made?.capabilities ?? { positions: true, heads: false, append: true, renew: false }
    },
    async connect(context) {
      making ??= resolve().catch(again)
      return (await making).connect(context)
    },
  }
}

/** What a factory throws about its options will not change by trying again. */
function asConfigError(name: string, thrown: unknown): WireError {
  if (isWireError(thrown)) return thrown
  return wireError('config', 'invalid_config', `${name} could not be made: ${messageOf(thrown)}`, { cause: thrown })
}

function isSequenced(transport: AnyTransport): transport is Transport {
  return transport.capabilities.positions
}

async function loaded(name: string, load: () => Promise<unknown>): Promise<unknown> {
  try {
    return await load()
  } catch (cause) {
    throw wireError('retry', 'unavailable', `The code of ${name} could not be loaded`, { cause })
  }
}

function pick(name: string, module: unknown): Factory {
  const found = typeof module === 'function' ? module : (member(module, name) ?? member(module, 'default'))
  if (typeof found === 'function') return found as Factory
  throw wireError('config', 'invalid_config', `What was loaded for ${name} exports no function of that name`, {
    hint: `Let lazy() answer the factory: lazy(() => import('…').then((module) => module.${name})).`,
  })
}

function member(module: unknown, name: string): unknown {
  return typeof module === 'object' && module !== null ? Reflect.get(module, name) : undefined
}

function invalid(message: string, hint: string): SteadywireError {
  return new SteadywireError('invalid_config', message, { hint })
}

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isSteadywireError, SteadywireError, type WireError, wireError } from '@steadywire/core'
import { checkSize } from './client-appends.ts'
import { refused } from './refusals.ts'

/** What a command's handler is given. */
export interface CommandContext<Data> {
  /** Who asks; undefined for anonymous clients. */
  readonly subject: string | undefined
  /** Validated: the schema's output. */
  readonly data: Data
}

/**
 * Does what was asked and answers a JSON value. To tell the client why not, it throws a `SteadywireError`
 * (`command_failed`), whose message and hint are passed on; of anything else the client learns only that it failed.
 */
export type CommandHandler<Data> = (context: CommandContext<Data>) => unknown

interface Command {
  run(subject: string | undefined, data: unknown): Promise<unknown>
}

export class Commands {
  readonly #commands = new Map<string, Command>()

  /** @throws SteadywireError `invalid_option` if the name is taken */
  add<S extends StandardSchemaV1>(
    name: string,
    schema: S,
    handler: CommandHandler<StandardSchemaV1.InferOutput<S>>,
  ): void {
    if (this.#commands.has(name))
      throw new SteadywireError('invalid_option', `There is a command ${name} already`, {
        hint: 'Choose another name.',
      })
    this.#commands.set(name, {
      async run(subject, data) {
        const result = await schema['~standard'].validate(data)
        if (result.issues) throw invalid(name, result.issues)
        return handler({ subject, data: result.value as StandardSchemaV1.InferOutput<S> })
      },
    })
  }

  /** @throws WireError `not_found`, `invalid_data`, `too_large`, `command_failed` */
  async run(name: string, subject: string | undefined, data: unknown, maxBytes: number): Promise<unknown> {
    const command = this.#commands.get(name)
    if (!command) throw refused('not_found', `There is no command ${String(name).slice(0, 100)}`, 'Check its name.')
    try {
      checkSize(`the command ${name}`, JSON.stringify(data), maxBytes)
      return await command.run(subject, data)
    } catch (thrown) {
      throw commandError(name, thrown)
    }
  }
}

function commandError(name: string, thrown: unknown): WireError {
  if (!isSteadywireError(thrown))
    return wireError('refused', 'command_failed', `The command ${name} failed`, { cause: thrown })
  const { message, hint, retryAfterMs } = thrown
  return wireError(thrown.kind ?? 'refused', thrown.code, message, {
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function invalid(name: string, issues: readonly StandardSchemaV1.Issue[]): WireError {
  const [issue] = issues
  const path = (issue?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return refused(
    'invalid_data',
    `${path || 'data'}: ${issue?.message}`,
    `Check the data against the schema of ${name}.`,
  )
}

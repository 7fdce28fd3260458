// What every JavaScript platform has, and all that core may use of it. Core is compiled against this instead of the DOM or
// Node, so that it runs on all of them. Not shipped: consumers bring their own platform's types.

interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
  throwIfAborted(): void
}

interface AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

declare const AbortController: { new (): AbortController }

interface TextEncoder {
  encode(text: string): Uint8Array
}

declare const TextEncoder: { new (): TextEncoder }

declare function setTimeout(task: () => void, ms?: number): unknown
declare function clearTimeout(timer: unknown): void
declare function queueMicrotask(task: () => void): void

declare const performance: { now(): number }
declare const crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }
declare const console: Record<'debug' | 'info' | 'warn' | 'error', (...parts: readonly unknown[]) => void>

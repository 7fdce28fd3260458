import { sse } from '../src/index.ts'

/** As `fetch` of `expo/fetch` is declared: for addresses alone. */
interface ExpoInit {
  body?: BodyInit | null
  credentials?: RequestCredentials
  headers?: HeadersInit
  method?: string
  signal?: AbortSignal
}
declare const expoFetch: (url: string, init?: ExpoInit) => Promise<Response>

sse({ url: '/events', fetch: expoFetch })
sse({ url: '/events', fetch: globalThis.fetch })
// @ts-expect-error an answer without its status says nothing
sse({ url: '/events', fetch: async () => ({ text: async () => '' }) })

import { type ClientRequest, request as send } from 'node:http'
import { StringDecoder } from 'node:string_decoder'

type Listener = (args: readonly unknown[]) => void

/** What React Native's XMLHttpRequest needs of the phone, done by Node: requests, whose text is told as it arrives. */
export function createNetworkBridge() {
  const listeners = new Map<string, Set<Listener>>()
  const requests = new Map<number, ClientRequest>()
  let ids = 0

  function tell(event: string, ...args: readonly unknown[]): void {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(args)
  }

  return {
    addListener(event: string, listener: Listener) {
      const all = listeners.get(event) ?? new Set()
      listeners.set(event, all.add(listener))
      return { remove: () => void all.delete(listener) }
    },
    sendRequest(
      method: string,
      _trackingName: unknown,
      url: string,
      headers: Record<string, string>,
      body: string,
      _responseType: string,
      incremental: boolean,
      _timeout: number,
      created: (id: number) => void,
    ) {
      const id = ++ids
      const failed = (error: Error): void => tell('didCompleteNetworkResponse', id, error.message, false)
      const request = send(url, { method, headers }, (response) => {
        tell('didReceiveNetworkResponse', id, response.statusCode, response.headers, url)
        const decoder = new StringDecoder()
        let text = ''
        response.on('data', (bytes: Buffer) => {
          const part = decoder.write(bytes)
          text += part
          if (incremental) tell('didReceiveNetworkIncrementalData', id, part, text.length, -1)
        })
        response.on('error', failed)
        response.on('end', () => {
          if (!incremental) tell('didReceiveNetworkData', id, text)
          tell('didCompleteNetworkResponse', id, '', false)
        })
      })
      request.on('error', failed)
      requests.set(id, request)
      created(id)
      request.end(body)
    },
    abortRequest: (id: number) => void requests.get(id)?.destroy(),
  }
}

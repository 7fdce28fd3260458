/** Text that comes by itself, handed out when it is asked for. */
export interface ChunkQueue {
  push(text: string): void
  /** No more comes; with an error, because of it. */
  end(error?: Error): void
  next(): Promise<IteratorResult<string, undefined>>
}

export function createChunkQueue(): ChunkQueue {
  let waiting = ''
  let over: { readonly error: Error | undefined } | undefined
  let wake = (): void => {}
  return {
    push(text) {
      waiting += text
      wake()
    },
    end(error) {
      over ??= { error }
      wake()
    },
    async next() {
      while (waiting === '' && !over)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      if (waiting === '') {
        if (over?.error) throw over.error
        return { done: true, value: undefined }
      }
      const value = waiting
      waiting = ''
      return { done: false, value }
    },
  }
}

/** Runs it for each, also after one that threw; what was thrown is thrown at the end. */
export function runEach<T>(all: Iterable<T>, run: (one: T) => void): void {
  const failed: unknown[] = []
  for (const one of all) {
    try {
      run(one)
    } catch (thrown) {
      failed.push(thrown)
    }
  }
  if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed, 'Handlers threw')
}

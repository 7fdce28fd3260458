/** A mistake put into the core's source on purpose: the simulation must find it. */
export interface PlantedBug {
  /** The simulation that must find it. Default `delivery`. */
  readonly in?: 'emission'
  readonly name: string
  /** A file of `packages/core/src`. */
  readonly file: string
  /** Stands there once, white space aside. */
  readonly find: string
  readonly replace: string
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'a hole in the live feed is not noticed',
    file: 'sequencer.ts',
    find: 'first > seq + 1 ||',
    replace: '',
  },
  {
    name: 'what is at or below the position is delivered again',
    file: 'sequencer.ts',
    find: 'if (last <= seq) {',
    replace: 'if (false) {',
  },
  {
    name: 'a head beyond the position is ignored',
    file: 'sequencer.ts',
    find: 'if (contradicts || wanted > at.seq) return readOn({ ...state, wanted }, [])',
    replace: 'if (contradicts) return readOn(state, [])',
  },
  {
    name: 'marks are not compared',
    file: 'sequencer.ts',
    find: 'return a !== undefined && b !== undefined && a !== b',
    replace: 'return false && a !== b',
  },
  {
    name: 'a stale node is believed at once',
    file: 'sequencer.ts',
    find: 'if (now - doubt.since < rules.staleMs)',
    replace: 'if (now < doubt.since)',
  },
  {
    name: 'a contradiction is never believed',
    file: 'sequencer.ts',
    find: 'if (now - doubt.since < rules.staleMs)',
    replace: 'if (now >= doubt.since)',
  },
  {
    name: 'a trimmed range is passed without a gap',
    file: 'sequencer.ts',
    find: "outputs.push({ kind: 'gap', gap })",
    replace: "if (reason !== 'trimmed') outputs.push({ kind: 'gap', gap })",
  },
  {
    name: 'a new log is passed without a gap',
    file: 'sequencer.ts',
    find: "outputs.push({ kind: 'gap', gap })",
    replace: "if (reason !== 'epoch') outputs.push({ kind: 'gap', gap })",
  },
  {
    name: 'a page is believed beyond what it proves',
    file: 'sequencer.ts',
    find: 'page.through, page.throughMark ??',
    replace: 'page.head, page.mark ??',
  },
  {
    name: 'live items are delivered before the first page',
    file: 'sequencer.ts',
    find: "return state.phase === 'live' ? takeItems",
    replace: "return state.phase !== 'detached' ? takeItems",
  },
  {
    name: 'the way of a single live event does not look at the mark before it',
    file: 'sequencer.ts',
    find: 'state.wanted > item.seq || differ(at.mark, item.prev)',
    replace: 'state.wanted > item.seq',
  },
  {
    name: 'a page with another epoch is taken for the same log',
    file: 'sequencer.ts',
    find: "if (page.epoch !== at.epoch) return 'epoch'",
    replace: '',
  },
  {
    name: 'coming back to the foreground does not connect',
    file: 'connection-machine.ts',
    find: "machine.state === 'suspended' || exhausted(resumed) ?",
    replace: 'exhausted(resumed) ?',
  },
  {
    name: 'a refused token is never refreshed',
    file: 'connection-machine.ts',
    find: 'machine.mayRefresh ? open(machine, true)',
    replace: 'machine.attempt < 0 ? open(machine, true)',
  },
  {
    name: 'a topic that failed is not tried again',
    file: 'subscription-machine.ts',
    find: "effects: [...step.effects, { kind: 'delay', ms }]",
    replace: 'effects: step.effects',
  },
  {
    name: 'a handler that throws stops the stream',
    file: 'delivery.ts',
    find: '(cause: unknown) => this.#to.report(this.#failed(what, cause)),',
    replace: '() => new Promise(() => {}),',
  },
  {
    name: 'the cursor goes on before the handler is done',
    file: 'delivery.ts',
    find: 'const decoded = this.#to.decode(event)',
    replace: 'this.#to.advanced(event, false)\n      const decoded = this.#to.decode(event)',
  },
  {
    name: 'the cursor passes a gap before the state is loaded',
    file: 'delivery.ts',
    find: 'const pending = this.#to.load(reason, at)',
    replace: 'this.#to.advanced(at, over)\n    const pending = this.#to.load(reason, at)',
  },
  {
    name: 'what waited is delivered after the end',
    file: 'delivery.ts',
    find: 'this.#closed = true this.#queue = []',
    replace: '',
  },
  {
    name: 'the stored cursor is not used',
    file: 'subscription-driver.ts',
    find: 'this.#deliverFrom(stored ?? from, key)',
    replace: 'this.#deliverFrom(from, key)',
  },
  {
    name: 'a stored cursor of a lost log is kept',
    file: 'cursor-keeper.ts',
    find: 'if (over) replace = true',
    replace: '',
  },
  {
    name: 'a delay outlives its subscription',
    file: 'subscription-driver.ts',
    find: "case 'detach': this.#cancelDelay?.()",
    replace: "case 'detach':",
  },
  {
    in: 'emission',
    name: 'an event that was given up in doubt leaves its place',
    file: 'append-queue.ts',
    find: 'unit.abandoned && !unit.doubted',
    replace: 'unit.abandoned',
  },
  {
    in: 'emission',
    name: 'an attempt without an answer counts as failed for sure',
    file: 'append-queue.ts',
    find: 'if (!notReached.has(error.code)) for (const unit of batch) unit.doubted = true',
    replace: '',
  },
  {
    in: 'emission',
    name: 'a refusal of the caller is taken for the end of an earlier attempt',
    file: 'append-queue.ts',
    find: 'unit.abandoned = ofCaller && unit.doubted',
    replace: 'unit.abandoned = false',
  },
  {
    in: 'emission',
    name: 'an append is confirmed before the log has it',
    file: 'append-queue.ts',
    find: 'const appended = await to.append(lane.topic, drafts)',
    replace:
      'void to.append(lane.topic, drafts).catch(() => {})\n        const appended = drafts.map(() => ({ position: { seq: 1 }, duplicate: false }))',
  },
]

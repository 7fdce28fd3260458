import { vi } from 'vitest'

// A fact that tests wait for may be late on a busy machine; vitest's own second is short of it. A test says more where it expects more.
const { waitFor } = vi
vi.waitFor = (fact, options = 10_000) => waitFor(fact, options)

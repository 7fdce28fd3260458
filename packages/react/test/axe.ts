import axe from 'axe-core'

const running = { setTimeout, clearTimeout }

/** What axe finds wrong, by rule. Contrast can be seen in a browser only. */
export async function violations(element: Element): Promise<string[]> {
  // It waits by timers, and those of the test may stand still.
  const { setTimeout, clearTimeout } = globalThis
  Object.assign(globalThis, running)
  try {
    const { violations: found } = await axe.run(element, {
      preload: false,
      rules: { 'color-contrast': { enabled: false } },
    })
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout })
  }
}

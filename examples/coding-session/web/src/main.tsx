import { createSubscriber } from '@steadywire/core'
import { SteadywireProvider } from '@steadywire/react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { Mishap } from './components/mishap.tsx'
import { fetchStage } from './data/host.ts'
import { createMeter } from './data/meter.ts'
import { createNetworkSwitch } from './data/network-switch.ts'
import { createWires } from './data/wires.ts'
import { applyTheme, storedTheme } from './theme.ts'

applyTheme(storedTheme())
const stage = await fetchStage()
const wires = await createWires(stage)
const network = createNetworkSwitch()
const meter = createMeter()
const subscriber = createSubscriber({
  transport: wires,
  ...(stage.identity && { identity: stage.identity }),
  lifecycle: network.lifecycle,
  observe: meter.observe,
  // Whoever breaks things here also wants to see them come back.
  backoff: { delaysMs: [500, 1000, 2000, 4000], maxAttempts: Number.POSITIVE_INFINITY },
})
// What passes by itself, the status bar shows.
subscriber.on('error', (error) => {
  if (!error.retryable) console.error(error)
})

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <SteadywireProvider subscriber={subscriber}>
      <Mishap>
        <App stage={stage} wires={wires} network={network} meter={meter} />
      </Mishap>
    </SteadywireProvider>,
  )

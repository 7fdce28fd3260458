'use client'
import { createSubscriber } from '@steadywire/core'
import { browserLifecycle } from '@steadywire/core/browser'
import { SteadywireProvider } from '@steadywire/react'
import { sse } from '@steadywire/sse'

const subscriber = createSubscriber({ transport: sse({ url: '/live' }), lifecycle: browserLifecycle() })

export function Live({ children }) {
  return <SteadywireProvider subscriber={subscriber}>{children}</SteadywireProvider>
}

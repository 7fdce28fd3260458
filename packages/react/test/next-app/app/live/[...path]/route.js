import { sseHandler } from '@steadywire/sse/server'
import { gateway } from '../../../server.js'

export const { GET, POST } = sseHandler({ gateway, basePath: '/live' })

import { topic } from '../../job.js'
import { emitter } from '../../server.js'

export async function POST(request) {
  return Response.json(await emitter.emit(topic, 'progress', await request.json()))
}

import { eventOf } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { loadCommands } from './load.ts'
import { serve } from './steadywire.ts'
import { createTape } from './tape.ts'

const tape = createTape('e')

answerCommands({
  listen: async () => [(await serve(tape)).port],
  ...loadCommands((index, at) => tape.put(eventOf(index, { at }))),
})

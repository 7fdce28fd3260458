import { answerCommands } from '../helper.ts'
import { serveSocketio } from './steadywire.ts'
import { storedCommands } from './stored.ts'

answerCommands(storedCommands(serveSocketio))

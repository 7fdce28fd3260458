import { answerCommands } from '../helper.ts'
import { serve } from './steadywire.ts'
import { storedCommands } from './stored.ts'

answerCommands(storedCommands(serve))

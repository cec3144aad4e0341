import { runAction } from '../../src/platforms/action.ts'
import { assembleElements } from '../../src/stages/assemble-elements.ts'

await runAction(assembleElements)

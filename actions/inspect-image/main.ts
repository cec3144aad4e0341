import { runAction } from '../../src/platforms/action.ts'
import { inspectImage } from '../../src/stages/inspect-image.ts'

await runAction(inspectImage)

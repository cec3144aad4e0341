import { runAction } from '../../src/platforms/action.ts'
import { publishImage } from '../../src/stages/publish-image.ts'

await runAction(publishImage)

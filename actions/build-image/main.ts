import { runAction } from '../../src/platforms/action.ts'
import { buildImage } from '../../src/stages/build-image.ts'

await runAction(buildImage)

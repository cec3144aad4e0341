import { runAction } from '../../src/platforms/action.ts'
import { fetchBaseImage } from '../../src/stages/fetch-base-image.ts'

await runAction(fetchBaseImage)

import { runAction } from '../../src/platforms/action.ts'
import { smokeTest } from '../../src/stages/smoke-test.ts'

await runAction(smokeTest)

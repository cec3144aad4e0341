import { runAction } from '../../src/platforms/action.ts'
import { setupHost } from '../../src/stages/setup-host.ts'

await runAction(setupHost)

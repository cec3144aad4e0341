import { runPost } from '../src/platforms/action.ts'

await runPost()

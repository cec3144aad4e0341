import { afterAll } from 'vitest'
import { cleanCurrentRun } from '../../src/system/cleanup.ts'

/** What a test file began in this process is undone with it: no folder stays among the user's runs. */
afterAll(cleanCurrentRun)

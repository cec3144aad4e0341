import { z } from 'zod'

/** The input of every stage that names files which tell why it failed. */
export const failureLogsField = {
  failureLogs: z
    .boolean()
    .default(true)
    .describe('On GitHub, uploads the logs of a failure as an artifact that is kept for 3 days.'),
}

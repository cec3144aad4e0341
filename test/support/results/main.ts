import { parseArgs } from 'node:util'
import { ResultsService } from './service.ts'

/**
 * The double as a program, for runners that have no Results service of their own:
 *
 *     node test/support/results/main.ts --folder FOLDER [--port PORT]
 *
 * Prints the variables that an action needs, one NAME=VALUE a line, then serves until SIGTERM or SIGINT, and at the end
 * prints the calls that were made to standard error.
 */
const { values } = parseArgs({ options: { folder: { type: 'string' }, port: { type: 'string', default: '0' } } })
if (values.folder === undefined) {
  process.stderr.write('usage: node test/support/results/main.ts --folder FOLDER [--port PORT]\n')
  process.exit(2)
}
const service = await ResultsService.start(values.folder, Number(values.port))
for (const [name, value] of Object.entries(service.environment())) process.stdout.write(`${name}=${value}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    for (const { what, status } of service.requests) process.stderr.write(`${what} ${status}\n`)
    await service.close()
    process.exit(0)
  })
}

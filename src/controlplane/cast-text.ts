import type { Cast } from './envelope.ts'

/** A heartbeat in one line; an error with its traceback, which is a list of lines. */
export function describeCast({ method, args }: Cast): string {
  const { exception, ...rest } = args
  const traceback = Array.isArray(exception)
    ? `\n${exception.join('\n')}`
    : exception === undefined
      ? ''
      : `\n${exception}`
  return `${method} ${JSON.stringify(rest)}${traceback}`
}

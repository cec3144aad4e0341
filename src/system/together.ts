import { asError } from './errors.ts'

/**
 * Runs pieces of work at the same time. The first failure aborts the signal that all were given; when every piece has
 * ended, that failure is thrown, and not the interruptions that it caused.
 */
export async function together<Results extends readonly unknown[]>(
  signal: AbortSignal | undefined,
  works: { readonly [Index in keyof Results]: (signal: AbortSignal) => Promise<Results[Index]> },
): Promise<Results> {
  const own = new AbortController()
  const linked = signal ? AbortSignal.any([signal, own.signal]) : own.signal
  let first: Error | undefined
  const results = await Promise.all(
    works.map(work =>
      work(linked).catch((thrown: unknown) => {
        first ??= asError(thrown)
        own.abort(first)
        return undefined
      }),
    ),
  )
  if (first) throw first
  return results as unknown as Results
}

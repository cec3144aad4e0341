import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How much may come on top of what the last collection has left, in buffers, before V8 is told to look. */
const growthBytes = 16 * 1024 ** 2
/** Buffers in use are never counted as more than this, so that a leak is looked at again and again. */
const usedBytes = 40 * 1024 ** 2

/**
 * Runs work that goes through many large buffers. V8 counts memory outside its own heap only roughly and lets some 64 MiB of
 * it gather before it collects; an upload in blocks of 8 MiB would take twice the memory that it needs.
 */
export async function sparingMemory<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  let kept = 0
  const timer = setInterval(() => {
    const { arrayBuffers } = process.memoryUsage()
    if (arrayBuffers < kept + growthBytes) return
    collect()
    kept = Math.min(process.memoryUsage().arrayBuffers, usedBytes)
  }, 20)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

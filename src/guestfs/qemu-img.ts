import { EnvironmentError, ToolError } from '../system/errors.ts'
import { type RunResult, run, type SupervisedOptions } from '../system/run.ts'

/** As OpenStack's services limit it (Nova's QEMU_IMG_LIMITS: 1 GiB of address space); processor time for slow machines. */
const limits = { addressSpaceBytes: 1024 ** 3, processorSeconds: 300 }

/** The program that cannot be executed, by prlimit's exit statuses (as env(1) has them). */
const notFound = 127

/**
 * Runs qemu-img on a file that others made, with little memory and processor time: a few bytes in a header are enough to make
 * it want more than a machine has (CVE-2015-5162).
 *
 * @throws EnvironmentError when qemu-img is not installed
 * @throws ToolError, InterruptedError as `run` does
 */
export async function qemuImgOnForeign(args: readonly string[], options: SupervisedOptions): Promise<RunResult> {
  const program = ['prlimit', `--as=${limits.addressSpaceBytes}`, `--cpu=${limits.processorSeconds}`, '--core=0', '--']
  const [prlimit = '', ...rest] = [...program, 'qemu-img', ...args]
  try {
    return await run(prlimit, rest, options)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    if (error.exitStatus !== notFound && !error.message.startsWith('prlimit could not be started')) throw error
    throw new EnvironmentError(
      "qemu-img, which reads disk images, or prlimit, which limits it, could not be started. Run 'trove-image setup', or " +
        'install the packages qemu-utils and util-linux.',
      { cause: error },
    )
  }
}

import type { Plan } from '../elements/index.ts'
import { EnvironmentError, ToolError } from '../system/errors.ts'
import { run } from '../system/run.ts'

interface Tool {
  readonly program: string
  readonly args: readonly string[]
  /** The package of Debian and Ubuntu that has it. */
  readonly package: string
}

const converter: Tool = { program: 'qemu-img', args: ['--version'], package: 'qemu-utils' }
const diskTools: readonly Tool[] = [
  { program: 'tar', args: ['--version'], package: 'tar' },
  { program: 'sfdisk', args: ['--version'], package: 'fdisk' },
  { program: 'mke2fs', args: ['-V'], package: 'e2fsprogs' },
  { program: 'guestfish', args: ['--version'], package: 'guestfish (Debian) or libguestfs-tools (Ubuntu)' },
]

/**
 * The programs that make the disk, each with its version. Asked for before the build: it would be a pity to find one missing
 * when the root file system is done.
 *
 * @throws EnvironmentError
 */
export async function toolVersions(plan: Plan): Promise<Record<string, string>> {
  const versions: Record<string, string> = { 'disk-image-create': plan.dib.version }
  for (const tool of plan.image.disk === 'own' ? [converter, ...diskTools] : [converter]) {
    versions[tool.program] = await versionOf(tool)
  }
  return versions
}

async function versionOf(tool: Tool): Promise<string> {
  try {
    const { stdout, stderr } = await run(tool.program, tool.args)
    return /\d+\.\d+[\w.+~-]*/.exec(stdout || stderr)?.[0] ?? 'unknown'
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new EnvironmentError(
      `${tool.program} makes part of the disk and "${[tool.program, ...tool.args].join(' ')}" failed. ` +
        `Run 'trove-image setup', or install the package ${tool.package}`,
      { cause: error },
    )
  }
}

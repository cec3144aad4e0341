import { existsSync } from 'node:fs'
import { type DibSource, usualTreeBytes } from '../dib/index.ts'
import { type Recipe, sizeInBytes } from '../recipe/index.ts'
import { measureAccelerator } from '../system/accelerator.ts'
import { EnvironmentError } from '../system/errors.ts'
import { cacheFolder } from '../system/home.ts'
import { workFolderPlace } from '../system/journal.ts'
import { isRoot, requirePrivilege } from '../system/privilege.ts'
import { probeMemory, probeSpace, spaceNeeds } from './capacity.ts'
import { probeDevices } from './devices.ts'
import { type HostDistribution, readHostDistribution } from './distribution.ts'
import { changesOf, type Finding } from './finding.ts'
import { probeKernel } from './kernel.ts'
import { kvmIsClosed, kvmRuleIsWritten } from './kvm.ts'
import { needsOf } from './needs.ts'
import { dpkgWasInterrupted } from './packages.ts'
import { findProgram, probeNeed } from './programs.ts'
import { type CheckoutSource, probeCheckoutDib, probeDib } from './python-environment.ts'

/** What the host is probed for. */
export interface HostQuestion {
  readonly recipe: Recipe
  readonly dib: DibSource
  /** Where diskimage-builder is made of a checkout; null when a release is used. */
  readonly dibCheckout: CheckoutSource | null
  readonly outputFolder: string
  /**
   * On a machine that is thrown away afterwards settings may be changed: kits be removed when the disk is too small and this is
   * wished, /dev/kvm be opened. Undefined on every other.
   */
  readonly disposable?: { readonly freeDiskSpace: boolean } | undefined
  readonly signal: AbortSignal
}

/**
 * Asks the machine everything that building and proving the recipe's image needs. To probe what it says, a small file is
 * attached to a loop device, a file system is mounted and QEMU is started, all in this run's folder and all taken back;
 * beyond that nothing is changed.
 */
export async function probeHost(question: HostQuestion): Promise<readonly Finding[]> {
  const { recipe, dib, dibCheckout } = question
  const host = readHostDistribution()
  const privilege = await probePrivilege()
  const isPrivileged = privilege.status === 'ok'
  const canInstall = isPrivileged && host.known !== undefined && existsSync('/usr/bin/apt-get')
  const brought: Finding[] = [
    ...(dpkgWasInterrupted() ? [interruptedDpkg(canInstall)] : []),
    ...needsOf(recipe, dib, dibCheckout !== null).map(need => probeNeed(need, host.known, canInstall)),
    dibCheckout === null
      ? await probeDib(dib, recipe.dibVersion, canInstall)
      : await probeCheckoutDib(dibCheckout, canInstall),
    probeKernel(host.known, canInstall),
  ]
  const changes = changesOf(brought)
  const needs = spaceNeeds({
    imageSizeBytes: sizeInBytes(recipe.imageSize),
    formats: recipe.formats.length,
    treeBytes: usualTreeBytes,
    workFolder: workFolderPlace(),
    cacheFolder: cacheFolder(),
    outputFolder: question.outputFolder,
    bringsPackages: changes.some(change => change.kind === 'packages'),
    bringsEnvironment: changes.some(({ kind }) => kind === 'environment' || kind === 'checkout-environment'),
  })
  return [
    privilege,
    describeDistribution(host),
    { subject: 'Node', found: process.version, needed: 'runs this program', status: 'ok' },
    ...brought,
    ...(await probeDevices(recipe.disk, isPrivileged)),
    await probeAccelerator(question.signal, question.disposable !== undefined && isPrivileged),
    ...(await probeSpace(needs, question.disposable?.freeDiskSpace)),
    probeMemory(),
  ]
}

async function probePrivilege(): Promise<Finding> {
  const base = { subject: 'privilege', needed: 'root, or sudo without a password' }
  try {
    await requirePrivilege()
    return { ...base, found: isRoot() ? 'root' : `user ${process.getuid?.()} with sudo`, status: 'ok' }
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    return { ...base, found: 'neither', status: 'missing', remedy: error.message }
  }
}

function describeDistribution(host: HostDistribution): Finding {
  return {
    subject: 'system',
    found: host.title,
    needed: 'Debian 12, Debian 13 or Ubuntu 24.04',
    status: host.known === undefined ? 'absent' : 'ok',
  }
}

function interruptedDpkg(canInstall: boolean): Finding {
  const base = { subject: 'dpkg', found: 'was interrupted', needed: 'a finished state' }
  if (canInstall) return { ...base, status: 'mend', changes: [{ kind: 'dpkg' }] }
  return { ...base, status: 'missing', remedy: 'run: sudo dpkg --configure -a' }
}

async function probeAccelerator(signal: AbortSignal, mayOpen: boolean): Promise<Finding> {
  const base = { subject: 'KVM', needed: 'nothing: emulation works too, only slower' }
  if (mayOpen && kvmIsClosed() && !kvmRuleIsWritten()) {
    return { ...base, found: '/dev/kvm, which this user may not open', status: 'mend', changes: [{ kind: 'kvm' }] }
  }
  if (findProgram('qemu-system-x86_64') === undefined)
    return { ...base, found: 'not measured: no QEMU yet', status: 'later' }
  const { accelerator, reason } = await measureAccelerator(signal)
  return { ...base, found: reason, status: accelerator === 'kvm' ? 'ok' : 'absent' }
}

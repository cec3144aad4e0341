export { environmentKey, restoreEnvironment } from './environment-object.ts'
export { type Change, changesOf, describeChange, type Finding, findingTable } from './finding.ts'
export { bringKernel } from './kernel.ts'
export { openKvm } from './kvm.ts'
export { finishDpkg, installPackages, type PackageEvent } from './packages.ts'
export { type HostQuestion, probeHost } from './probe.ts'
export {
  type CheckoutSource,
  environmentFolder,
  makeCheckoutEnvironment,
  makeEnvironment,
} from './python-environment.ts'
export { type FreedFolder, removeSdks } from './sdks.ts'

export { type DibRequest, type DibResult, runDib } from './build.ts'
export { type DibCommand, type DibFolders, describeCommand, dibCacheName, dibCommand } from './command.ts'
export type { DibPlan } from './dib-plan.ts'
export type { DibEvent, HookName, LogEvent, RunningHook } from './events.ts'
export { DibError } from './failure.ts'
export {
  checkDibBuilds,
  checkoutEnvironment,
  type DibInstallation,
  type DibOrigin,
  type DibPlaces,
  type DibSource,
  dibPlaces,
  findCheckoutDib,
  findDib,
  isOlder,
  versionedEnvironment,
} from './installation.ts'
export { DibLogReader, type LogSummary, type PhaseTiming, type UnfinishedHook } from './log.ts'
export { type BuildSpace, buildSpaceNeeds, requireDibCanRun, usualTreeBytes } from './preflight.ts'
export { BuildProgress } from './progress.ts'
export { type BuildRecord, buildRecordSchema } from './record.ts'
export {
  type BuildTimings,
  type Estimate,
  estimate,
  type Position,
  partsOf,
  readTimings,
  writeTimings,
} from './timings.ts'

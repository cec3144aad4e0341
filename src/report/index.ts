export { buildSection } from './build-section.ts'
export { contractPage } from './contract-page.ts'
export { contractSection } from './contract-section.ts'
export { differenceSection, differenceWords } from './difference-section.ts'
export type { ReportDocuments } from './documents.ts'
export { inspectionCounts, inspectionTable } from './inspection-table.ts'
export { formatJunit } from './junit.ts'
export { publicationSection } from './publication-section.ts'
export { formatReport } from './report.ts'
export { formatSmokeJunit } from './smoke-junit.ts'
export { smokeSection } from './smoke-section.ts'
export {
  fitSummary,
  formatStageTable,
  formatStepSummary,
  type StepLine,
  type StepReport,
} from './step-summary.ts'

export type { ReportDocuments } from './documents.ts'
export { inspectionCounts, inspectionTable } from './inspection-table.ts'
export { formatJunit } from './junit.ts'
export { formatReport } from './report.ts'

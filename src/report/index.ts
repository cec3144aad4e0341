export type { ReportDocuments } from './documents.ts'
export { formatReport } from './report.ts'

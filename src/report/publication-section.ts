import type { ReportDocuments } from './documents.ts'
import { guestOf } from './guest.ts'
import { folded, plain } from './markdown.ts'
import { formatReport, identityTable } from './report.ts'
import { verifyText } from './use-section.ts'

/** The section about a publication: what it is, how to verify it, and the whole report for whoever wants to use it. */
export function publicationSection(documents: ReportDocuments): string {
  const { image, inventory } = documents
  return [
    `### ${plain(image.fileName)}`,
    '',
    identityTable(documents, inventory && guestOf(inventory, documents.record?.agent)),
    '### Verify',
    '',
    verifyText(documents),
    folded(
      'The whole report, with the commands that register the image in a cloud (report.md)',
      formatReport(documents),
    ),
  ].join('\n')
}

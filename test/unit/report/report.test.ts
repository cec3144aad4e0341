import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { inspectionSchema } from '../../../src/contract/inspection.ts'
import { buildRecordSchema } from '../../../src/dib/record.ts'
import { inventorySchema } from '../../../src/inventory/inventory.ts'
import { formatReport, type ReportDocuments } from '../../../src/report/index.ts'
import { readDocument } from '../../../src/system/documents.ts'
import { smokeTestSchema } from '../../../src/vm/smoke-document.ts'

const file = (name: string) => new URL(`../../fixtures/report/${name}`, import.meta.url).pathname
const read = <Schema extends z.ZodType>(name: string, schema: Schema) => readDocument(file(name), schema)
const guestSchema = inventorySchema.pick({ image: true, system: true, packages: true, kernels: true, units: true })

const publishedAt = new Date('2026-11-25T10:10:00.000Z')
const record = read('registered/image.json', buildRecordSchema)
const built = record.files[0]

const registered: ReportDocuments = {
  image: {
    fileName: built?.name ?? '',
    sha256: built?.sha256 ?? '',
    sizeBytes: 520_093_696,
    format: 'qcow2',
    virtualSizeBytes: 5 * 1024 ** 3,
  },
  level: 'registered',
  allowed: [],
  publishedAt,
  record,
  inventory: read('registered/inventory.json', guestSchema),
  inspection: read('registered/inspection.json', inspectionSchema),
  smokeTest: read('registered/smoke-test.json', smokeTestSchema),
  documentNames: ['image.json', 'inventory.json', 'inspection.json', 'smoke-test.json'],
}

const brokenInventory = read('broken/inventory.json', guestSchema)
const broken: ReportDocuments = {
  image: { ...brokenInventory.image, fileName: brokenInventory.image.name },
  level: 'none',
  allowed: [
    { name: 'inspection-failed', meaning: 'it breaks the contract' },
    { name: 'smoke-test-failed', meaning: 'its agent did not register' },
  ],
  publishedAt,
  inventory: brokenInventory,
  inspection: read('broken/inspection.json', inspectionSchema),
  smokeTest: read('broken/smoke-test.json', smokeTestSchema),
  documentNames: ['inventory.json', 'inspection.json', 'smoke-test.json'],
}

const unknown: ReportDocuments = {
  image: { fileName: '-x.qcow2', sha256: 'a'.repeat(64), sizeBytes: 7, format: 'qcow2', virtualSizeBytes: 1 },
  level: 'none',
  allowed: [{ name: 'not-inspected', meaning: 'nothing says that it was inspected' }],
  publishedAt,
  documentNames: [],
}

describe('report.md', () => {
  test('of an image that registered', async () => {
    await expect(formatReport(registered)).toMatchFileSnapshot(file('registered/report.md'))
  })

  test("of somebody else's image that failed, with texts that try to be Markdown, HTML and terminal commands", async () => {
    await expect(formatReport(broken)).toMatchFileSnapshot(file('broken/report.md'))
  })

  test('of a file that nothing is known of', async () => {
    await expect(formatReport(unknown)).toMatchFileSnapshot(file('unknown/report.md'))
  })

  test('is the same every time, and changes nothing that it was given', () => {
    const before = JSON.stringify(broken)
    expect(formatReport(broken)).toBe(formatReport(broken))
    expect(JSON.stringify(broken)).toBe(before)
  })

  test.each([registered, broken, unknown])('never calls an image proven', documents => {
    expect(formatReport(documents)).not.toMatch(/\b(is|was|has been) proven\b/)
  })
})

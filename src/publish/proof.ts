import type { Inspection } from '../contract/index.ts'
import { InputError } from '../system/errors.ts'
import type { SmokeTest } from '../vm/index.ts'
import type { ProofLevel } from './publication.ts'

/** Why an image is not fit for publication, with what to do about it. The names are what `allow` takes. */
export const proofFaults = {
  'not-inspected': 'nothing says that it was inspected; run: trove-image inspect IMAGE',
  'inspected-other-image': 'the inspection is of other bytes; inspect this file: trove-image inspect IMAGE',
  'inspection-failed': 'it breaks the contract; see inspection.json, mend the recipe or waive the rule there',
  'not-smoke-tested': 'nothing says that it was booted; run: trove-image smoke IMAGE',
  'smoke-tested-other-image': 'the smoke test is of other bytes; boot this file: trove-image smoke IMAGE',
  'smoke-test-failed': 'its agent did not register, or not as the level demands; see smoke-test.json',
  'changed-by-smoke-test': 'the file was not the same after the smoke test as before; build and test it again',
} as const
export type ProofFault = keyof typeof proofFaults

/** What the documents say about the bytes with one digest. */
export interface Proof {
  readonly level: ProofLevel
  readonly faults: readonly ProofFault[]
}

/**
 * Judges an image by its documents alone. A level includes the ones below it, and a document counts only for the bytes
 * that it names: a smoke test of an image that was never inspected gives no level.
 */
export function proofOf(sha256: string, inspection: Inspection | undefined, smokeTest: SmokeTest | undefined): Proof {
  const inspectionFault = faultOfInspection(sha256, inspection)
  const smokeFault = faultOfSmokeTest(sha256, smokeTest)
  const faults = [inspectionFault, smokeFault].filter(fault => fault !== undefined)
  if (inspectionFault !== undefined) return { level: 'none', faults }
  return { level: smokeFault === undefined ? 'registered' : 'inspected', faults }
}

function faultOfInspection(sha256: string, inspection: Inspection | undefined): ProofFault | undefined {
  if (inspection === undefined) return 'not-inspected'
  if (inspection.image.sha256 !== sha256) return 'inspected-other-image'
  return inspection.status === 'passed' ? undefined : 'inspection-failed'
}

function faultOfSmokeTest(sha256: string, smokeTest: SmokeTest | undefined): ProofFault | undefined {
  if (smokeTest === undefined) return 'not-smoke-tested'
  const { image } = smokeTest
  // Tested before it was changed, or changed by the test: either way these bytes never booted.
  if (image.sha256 !== image.sha256After) return 'changed-by-smoke-test'
  if (image.sha256 !== sha256) return 'smoke-tested-other-image'
  const { status, level, sameConnection } = smokeTest
  // A document of an earlier version names the level without having compared the connections.
  return status === 'passed' && level === 'registered' && sameConnection === true ? undefined : 'smoke-test-failed'
}

/**
 * Refuses what is not proven unless each fault is allowed by its name; gives the faults that were allowed.
 *
 * @throws InputError that names every fault that stands in the way and how to allow it
 */
export function requireProof(imageName: string, proof: Proof, allow: readonly string[]): ProofFault[] {
  const standing = proof.faults.filter(fault => !allow.includes(fault))
  if (standing.length > 0) {
    throw new InputError(
      [
        `image ${imageName} is not published; nothing was written:`,
        ...standing.map(fault => `  ${fault}: ${proofFaults[fault]}`),
        `To publish it all the same, say so by name: ${standing.map(fault => `--allow ${fault}`).join(' ')}`,
      ].join('\n'),
    )
  }
  return [...proof.faults]
}

/** @throws InputError for a name that `allow` does not know */
export function checkAllowed(allow: readonly string[]): void {
  const unknown = allow.filter(name => !Object.hasOwn(proofFaults, name))
  if (unknown.length === 0) return
  throw new InputError(
    `input "allow": unknown ${unknown.map(name => `"${name}"`).join(', ')}; ` +
      `legal are ${Object.keys(proofFaults).join(', ')}`,
  )
}

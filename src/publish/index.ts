export { collectEvidence, type Evidence, type EvidencePlaces, type GuestInventory } from './evidence.ts'
export { checkAllowed, type Proof, type ProofFault, proofFaults, proofOf, requireProof } from './proof.ts'
export { type ProofLevel, type Publication, proofLevels, publicationSchema } from './publication.ts'
export { type PublicationRequest, type PublishEvent, publishToFolder } from './publication-folder.ts'

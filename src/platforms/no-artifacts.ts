import type { Artifacts } from '../platform.ts'
import { EnvironmentError } from '../system/errors.ts'

const fault = 'artifacts exist only in a step of a GitHub workflow; here the output folder holds all that is published'

/** A platform without artifacts: a terminal, or Zuul, which collects the output folder itself. */
export const noArtifacts: Artifacts = {
  isKnown: false,
  fault: () => fault,
  upload: async () => Promise.reject(new EnvironmentError(fault)),
  find: async () => Promise.reject(new EnvironmentError(fault)),
  downloadFiles: async () => Promise.reject(new EnvironmentError(fault)),
  download: async () => Promise.reject(new EnvironmentError(fault)),
}

import { projectVersion } from '../../src/system/home.ts'

/** The name that stands for this project's repository in its documentation. */
export const ownRepository = 'OWNER/trove-image-builder'

/** The moving tag that the documentation names, and that a release of this version moves. */
export const majorTag = `v${projectVersion().split('.')[0]}`

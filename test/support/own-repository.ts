/** The name that stands for this project's repository in its documentation. */
export const ownRepository = 'OWNER/trove-image-builder'

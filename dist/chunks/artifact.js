import { _ as UsageError, d as DefaultArtifactClient, f as ArtifactNotFoundError, g as NetworkError, h as InvalidResponseError, m as GHESNotSupportedError, p as FilesNotFoundError } from "./storage.js";

export { DefaultArtifactClient };
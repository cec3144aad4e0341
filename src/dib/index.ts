export {
  checkDibBuilds,
  type DibInstallation,
  type DibPlaces,
  type DibSource,
  dibPlaces,
  findDib,
  isOlder,
  versionedEnvironment,
} from './installation.ts'

export { type AptSource, addressesOf, expandMirrorList, parseDeb822, parseList, parseSources } from './sources.ts'

export { type Broker, startBroker } from './broker.ts'
export { type BrokerAddress, parseBrokerUrl } from './broker-address.ts'
export type { BrokerFacts, QueueKind } from './broker-connection.ts'
export type { QueueConsumer } from './broker-listing.ts'
export { describeCast } from './cast-text.ts'
export { Conversation, newGuestId, type PingAnswer } from './conversation.ts'
export type { Cast } from './envelope.ts'
export { useBroker } from './foreign-broker.ts'
export {
  agentConfiguration,
  type DatastoreManager,
  datastoreManagers,
  type GuestIdentity,
  injectedFiles,
} from './guest-configuration.ts'
export { passwordForms } from './password-forms.ts'
export {
  awaitRegistration,
  type Registration,
  type RegistrationEvent,
  type RegistrationOptions,
  reconnected,
} from './registration.ts'
export { defaultOwner, type InjectedOwner, prepareCloudConfig } from './user-data.ts'

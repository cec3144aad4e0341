export { type Agent, type AgentPlaces, agentPlacesOf, agentSchema, readAgent, requireBranch } from './agent.ts'

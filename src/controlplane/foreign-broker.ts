import { asError } from '../system/errors.ts'
import type { Broker } from './broker.ts'
import { parseBrokerUrl } from './broker-address.ts'
import { probeBroker } from './broker-connection.ts'
import { brokerError } from './broker-fault.ts'

/**
 * Takes a broker that runs already. Its listing cannot be asked for: whether the agent kept its connection is then known
 * from the count of consumers alone.
 *
 * @throws InputError, EnvironmentError that say that the broker is at fault, not the image
 */
export async function useBroker(url: string): Promise<Broker> {
  const address = parseBrokerUrl(url)
  try {
    const facts = await probeBroker(address, false)
    return { address, facts, own: false, stop: async () => undefined }
  } catch (error) {
    throw brokerError(address, asError(error))
  }
}

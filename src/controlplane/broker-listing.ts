import { z } from 'zod'

/** A consumer of a queue with the connection that it came by. */
export interface QueueConsumer {
  /** The broker's name for the connection: the same as long as the connection lives. */
  readonly connection: string
  /** `address:port` of the peer as the broker sees it. */
  readonly peer: string
  /** How the client calls itself; oslo.messaging says `program:pid:uuid`. */
  readonly clientName: string
}

const consumersSchema = z.array(z.looseObject({ queue_name: z.string(), channel_pid: z.string() }))
const channelsSchema = z.array(z.looseObject({ pid: z.string(), connection: z.string() }))
const connectionsSchema = z.array(
  z.looseObject({
    pid: z.string(),
    peer_host: z.union([z.string(), z.array(z.int())]),
    peer_port: z.int(),
    client_properties: z.unknown().optional(),
  }),
)

/** Joins what `rabbitmqctl list_consumers`, `list_channels` and `list_connections` say with `--formatter json`. */
export function joinListings(
  queue: string,
  listings: { readonly consumers: string; readonly channels: string; readonly connections: string },
): QueueConsumer[] {
  const consumers = consumersSchema.parse(parseJson(listings.consumers))
  const channels = new Map(
    channelsSchema
      .parse(parseJson(listings.channels))
      .map(({ pid, connection }) => [processOf(pid), processOf(connection)]),
  )
  const connections = new Map(
    connectionsSchema.parse(parseJson(listings.connections)).map(connection => [processOf(connection.pid), connection]),
  )
  return consumers
    .filter(consumer => consumer.queue_name === queue)
    .flatMap(consumer => {
      const process = channels.get(processOf(consumer.channel_pid)) ?? ''
      const connection = connections.get(process)
      // A connection that closed between two listings is no consumer any more.
      if (connection === undefined) return []
      return [
        {
          connection: process,
          peer: `${hostOf(connection.peer_host)}:${connection.peer_port}`,
          clientName: clientName(connection.client_properties),
        },
      ]
    })
}

/**
 * `#PID<12576.714.0>`: the first number is the asking program's own name for the broker's node and may differ between two
 * calls; the others name the process there.
 */
function processOf(pid: string): string {
  return /\.(\d+\.\d+)>$/.exec(pid)?.[1] ?? pid
}

/** An address comes as text or as its four or eight numbers. */
function hostOf(host: string | readonly number[]): string {
  if (typeof host === 'string') return host
  return host.length === 4 ? host.join('.') : `[${host.map(part => part.toString(16)).join(':')}]`
}

/** An empty listing prints nothing at all in some versions. */
function parseJson(text: string): unknown {
  return text.trim() === '' ? [] : JSON.parse(text)
}

/** Client properties come as triples `[name, type, value]` or, from newer versions, as an object. */
function clientName(properties: unknown): string {
  const wanted = 'connection_name'
  if (Array.isArray(properties)) {
    const triple = properties.find(entry => Array.isArray(entry) && entry[0] === wanted)
    const value: unknown = Array.isArray(triple) ? triple.at(-1) : undefined
    return typeof value === 'string' ? value : ''
  }
  if (typeof properties === 'object' && properties !== null && wanted in properties) {
    const value = (properties as Record<string, unknown>)[wanted]
    return typeof value === 'string' ? value : ''
  }
  return ''
}

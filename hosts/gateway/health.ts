// The gateway's own health, over HTTP on the loopback interface: numbers, no names and no readings. 200 while the
// broker and the radio are in reach, 503 otherwise.
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { GatewayStatistics } from './gateway.ts';

export interface Health {
  readonly broker: boolean;
  readonly radio: boolean;
  readonly nodes: number;
  readonly statistics: GatewayStatistics;
}

/** @returns the server and its port; close it with `close()` */
export async function serveHealth(port: number, health: () => Health): Promise<{ server: FastifyInstance; port: number }> {
  const server = Fastify({ logger: false });
  server.get('/health', async (_request, reply) => {
    const { broker, radio, nodes, statistics } = health();
    return reply.code(broker && radio ? 200 : 503).send({ broker: state(broker), radio: state(radio), nodes, ...statistics });
  });
  await server.listen({ host: '127.0.0.1', port });
  const address = server.server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

const state = (up: boolean): string => (up ? 'up' : 'down');

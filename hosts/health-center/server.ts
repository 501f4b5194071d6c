// The HTTP side: the page and the readable API, behind a token, on the loopback interface unless told otherwise; beyond
// it only over TLS. The page is plain files of this folder; its chart library comes from node_modules, nothing from
// elsewhere.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import type { TlsIdentity } from 'lorica/hosts/node/certificates';
import { guard } from './access.ts';
import { HEARTBEAT_MS } from './live.ts';
import { addRoutes, type RouteOptions } from './routes.ts';

const MAX_BODY_BYTES = 16_384;
const PAGE = fileURLToPath(new URL('page/', import.meta.url));
const CHARTS = dirname(createRequire(import.meta.url).resolve('uplot/dist/uPlot.esm.js'));

export interface ServerOptions extends RouteOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** needed where `host` is not a loopback address */
  readonly tls?: TlsIdentity | undefined;
  readonly onError: (error: unknown) => void;
}

/** @returns the server, which listens, and its port */
export async function startServer(options: ServerOptions): Promise<{ server: FastifyInstance; port: number }> {
  const { tls, host, token, now } = options;
  const server = (tls === undefined
    ? Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true })
    : Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, https: { key: tls.key, cert: tls.certificate, minVersion: 'TLSv1.3' } })) as FastifyInstance;
  server.addHook('onSend', async (_request, reply) => {
    void reply.headers({
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin',
    });
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  });
  guard(server, { token, isSecure: tls !== undefined, now }, new Set(['/favicon.svg']));
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) options.onError(error);
    return reply.code(status).send({ error: status >= 500 ? 'The health center could not answer; its log says why.' : error.message });
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));
  await server.register(fastifyStatic, { root: PAGE, prefix: '/', cacheControl: false });
  await server.register(fastifyStatic, { root: CHARTS, prefix: '/charts/', decorateReply: false, cacheControl: false });
  addRoutes(server, options);
  const beat = setInterval(() => { options.live.beat(); }, HEARTBEAT_MS);
  server.addHook('onClose', async () => {
    clearInterval(beat);
    options.live.close();
  });
  await server.listen({ host, port: options.port });
  const address = server.server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : options.port };
}

// Who may look: whoever has the token, 32 random octets in a file of its own (mode 0600). It comes with the printed
// link once and lives in a cookie afterwards; programs send it as a bearer token. Roles and persons are a later matter.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ascii, toHex } from 'lorica/bytes/bytes';
import { UserError } from 'lorica/hosts/node/failure';
import { equalConstantTime } from 'lorica/primitives/compare';
import type { Entropy } from 'lorica/primitives/entropy';
import { RateLimit } from './rate-limit.ts';

const TOKEN = /^[0-9a-f]{64}$/;
const COOKIE_SECONDS = 30 * 86_400;
/** Wrong tokens from one address: ten at once, then one in six seconds. */
const MISS_BURST = 10;
const MISS_REFILL_MS = 6_000;

/** @returns the token in `file`, made on the first start. @throws UserError if others can read it or it is damaged */
export function keepToken(file: string, entropy: Entropy): string {
  if (!existsSync(file)) writeFileSync(file, `${toHex(entropy(32))}\n`, { mode: 0o600, flag: 'wx' });
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) throw new UserError(`the access token ${file} can be read by other users; remove it and start again, which makes a new one.`);
  const token = readFileSync(file, 'utf8').trim();
  if (!TOKEN.test(token)) throw new UserError(`the access token ${file} is damaged; remove it and start again, which makes a new one.`);
  return token;
}

export interface AccessOptions {
  readonly token: string;
  /** cookies go over TLS only */
  readonly isSecure: boolean;
  readonly now: () => number;
}

/** Guards every route but those in `open`. */
export function guard(server: FastifyInstance, { token, isSecure, now }: AccessOptions, open: ReadonlySet<string>): void {
  const misses = new RateLimit(MISS_BURST, MISS_REFILL_MS);
  const cookie = isSecure ? '__Host-lorica' : 'lorica';
  server.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?')[0]!;
    if (open.has(path)) return;
    const offered = offeredToken(request, cookie);
    if (offered !== undefined && isSame(offered.token, token)) {
      if (offered.isFromLink) return admit(reply, path, `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_SECONDS}${isSecure ? '; Secure' : ''}`);
      return;
    }
    if (offered !== undefined && !misses.take(request.ip, now())) return reply.code(429).type('text/plain; charset=utf-8').send('Too many wrong tokens. Wait a minute and try again.\n');
    return reply.code(401).type('text/plain; charset=utf-8').send('Open the link that the health center printed when it started; it holds the access token. "npm run health-center -- link" prints it again.\n');
  });
}

/** The token leaves the address bar at once, so that it does not stay in the history. */
function admit(reply: FastifyReply, path: string, cookie: string): FastifyReply {
  return reply.code(303).header('set-cookie', cookie).header('location', path).send();
}

function offeredToken(request: FastifyRequest, cookie: string): { token: string; isFromLink: boolean } | undefined {
  const bearer = /^Bearer ([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { token: bearer, isFromLink: false };
  const { token } = request.query as { token?: unknown };
  if (request.method === 'GET' && typeof token === 'string') return { token, isFromLink: true };
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=');
    if (name === cookie && value !== undefined) return { token: value, isFromLink: false };
  }
  return undefined;
}

function isSame(offered: string, token: string): boolean {
  return TOKEN.test(offered) && equalConstantTime(ascii(offered), ascii(token));
}

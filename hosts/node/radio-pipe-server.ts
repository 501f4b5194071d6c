// The radio's end of the radio pipe (radio-pipe-codec.ts): each gateway that connects gets a Central of its own. A
// gateway that breaks the rules of the pipe, or does not read what it is sent, loses it.

import { unlinkSync } from 'node:fs';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { UserError } from 'lorica/hosts/node/failure';
import { socketAddress, type PipeAddress } from 'lorica/hosts/node/radio-pipe';
import { encodePipe, PIPE_VERSION, PipeParser, type FromRadio, type PipeMessage } from 'lorica/hosts/node/radio-pipe-codec';
import type { Central, CentralConnection } from 'lorica/link/radio';

/** Bytes that wait for a gateway to read them. */
export const MAX_BACKLOG = 4 * 1024 * 1024;
/** Connections and attempts of one gateway. */
export const MAX_PIPE_CONNECTIONS = 1024;
/** Gateways at a time. */
export const MAX_PIPES = 32;
/** The longest path of a local socket that all systems take, in bytes (macOS: 104 with its end mark). */
export const MAX_SOCKET_PATH = 103;

export interface RadioPipeServer {
  readonly address: PipeAddress;
  readonly gateways: number;
  close(): Promise<void>;
}

/**
 * Listens. @param central makes the Central of one gateway
 * @throws UserError when somebody else listens there, or the path is too long for a socket
 */
export async function serveRadioPipe(address: PipeAddress, central: () => Central): Promise<RadioPipeServer> {
  if (typeof address === 'string') await clearPath(address);
  const pipes = new Set<Pipe>();
  const server = createServer((socket) => {
    if (pipes.size >= MAX_PIPES) {
      socket.destroy();
      return;
    }
    const pipe = new Pipe(socket, central());
    pipes.add(pipe);
    socket.on('close', () => {
      pipes.delete(pipe);
      pipe.end();
    });
  });
  await listen(server, address);
  const bound = server.address();
  return {
    address: typeof bound === 'object' && bound !== null ? bound.port : address,
    get gateways() { return pipes.size; },
    close: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      for (const pipe of pipes) pipe.end();
    }),
  };
}

function listen(server: Server, address: PipeAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? inUse(address) : error);
    });
    server.listen(socketAddress(address), resolve);
  });
}

function inUse(address: PipeAddress): UserError {
  return new UserError(`the radio pipe ${typeof address === 'number' ? `on port ${String(address)}` : address} is in use by another process; stop the other ward or choose another place.`);
}

/** Removes the socket that a killed process left behind; one that answers belongs to a living one. */
async function clearPath(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) throw new UserError(`the path ${path} is too long for a local socket (${String(MAX_SOCKET_PATH)} bytes at most); choose a shorter one with LORICA_DATA, or a port.`);
  const answers = await new Promise<boolean>((resolve) => {
    const probe = connectSocket({ path }, () => { resolve(true); });
    probe.on('connect', () => { probe.destroy(); });
    probe.on('error', () => { resolve(false); });
  });
  if (answers) throw inUse(path);
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** One gateway's pipe. */
class Pipe {
  readonly #socket: Socket;
  readonly #central: Central;
  readonly #parser = new PipeParser();
  /** `undefined` while it is being made */
  readonly #connections = new Map<number, CentralConnection | undefined>();
  readonly #writing = new Set<number>();
  #greeted = false;
  #scanning = false;
  #ended = false;
  #lastId = 0;

  constructor(socket: Socket, central: Central) {
    this.#socket = socket;
    this.#central = central;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Uint8Array) => {
      const messages = this.#parser.push(chunk);
      if (messages === undefined) this.end();
      else for (const message of messages) if (!this.#ended && !this.#receive(message)) this.end();
    });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#central.close();
    this.#connections.clear();
    this.#socket.destroy();
  }

  /** @returns false for what the rules of the pipe forbid */
  #receive(message: PipeMessage): boolean {
    if (message.type === 'hello') {
      if (this.#greeted || message.version !== PIPE_VERSION) return false;
      this.#greeted = true;
      this.#send({ type: 'welcome', version: PIPE_VERSION });
      return true;
    }
    if (!this.#greeted) return false;
    switch (message.type) {
      case 'scan':
        if (!this.#scanning) this.#central.scan(({ address, serviceData, rssi }) => { this.#send({ type: 'advertisement', address, serviceData, rssi }); });
        this.#scanning = true;
        return true;
      case 'connect':
        return this.#connect(message.id, message.address);
      case 'write':
        return this.#write(message.id, message.value);
      case 'close': {
        const connection = this.#connections.get(message.id);
        this.#connections.delete(message.id);
        connection?.close();
        return true;
      }
      default:
        return false;
    }
  }

  #connect(id: number, address: string): boolean {
    if (id <= this.#lastId || this.#connections.size >= MAX_PIPE_CONNECTIONS) return false;
    this.#lastId = id;
    this.#connections.set(id, undefined);
    this.#central.connect(address, (connection) => {
      const wanted = this.#connections.has(id);
      if (connection === undefined) {
        this.#connections.delete(id);
        if (wanted) this.#send({ type: 'failed', id });
      } else if (!wanted) {
        connection.close();
      } else {
        this.#adopt(id, connection);
      }
    });
    return true;
  }

  #adopt(id: number, connection: CentralConnection): void {
    this.#connections.set(id, connection);
    this.#send({ type: 'connected', id, maximumValue: connection.maximumValue, rssi: connection.rssi });
    connection.onNotification = (value) => { this.#send({ type: 'notification', id, value }); };
    connection.onDisconnected = () => {
      if (this.#connections.delete(id)) this.#send({ type: 'disconnected', id });
    };
  }

  /** A write to a connection that has just ended is late, not wrong. */
  #write(id: number, value: Uint8Array): boolean {
    const connection = this.#connections.get(id);
    if (connection === undefined) {
      if (id > this.#lastId || this.#connections.has(id)) return false;
      this.#send({ type: 'written', id, ok: false });
      return true;
    }
    if (this.#writing.has(id) || value.length > connection.maximumValue) return false;
    this.#writing.add(id);
    connection.write(value, (ok) => {
      this.#writing.delete(id);
      this.#send({ type: 'written', id, ok });
    });
    return true;
  }

  #send(message: FromRadio): void {
    if (this.#ended) return;
    this.#socket.write(encodePipe(message));
    if (this.#socket.writableLength > MAX_BACKLOG) this.end();
  }
}

// A gateway's radio when the nodes live in another process: a Central over the radio pipe (radio-pipe-codec.ts). It
// connects, scans, and connects again when the pipe breaks; a broken pipe is to the gateway what a radio is that hears
// nothing more. The other end is radio-pipe-server.ts.

import { connect as connectSocket, type Socket } from 'node:net';
import type { HostClock } from 'lorica/hosts/node/clock';
import type { Advertisement, Central, CentralConnection } from 'lorica/link/radio';
import { encodePipe, PIPE_VERSION, PipeParser, type FromRadio, type PipeMessage, type ToRadio } from 'lorica/hosts/node/radio-pipe-codec';

/** Where the pipe is: the path of a local socket, or a port of this machine. */
export type PipeAddress = string | number;

export const RECONNECT_MS = 500;
/** A connection that the other end has not made by then is given up. */
export const PIPE_CONNECT_TIMEOUT_MS = 10_000;
/** Notifications that a connection keeps until somebody listens. */
export const MAX_EARLY_NOTIFICATIONS = 16;

export interface RadioPipeOptions {
  readonly address: PipeAddress;
  readonly clock: HostClock;
  /** The pipe was made, or has broken. */
  readonly onState?: (connected: boolean) => void;
}

/** Opens the pipe; it is there when the other end is. */
export function openRadioPipe(options: RadioPipeOptions): Central {
  return new PipeCentral(options);
}

/** For node:net: a bare port means this machine alone. */
export function socketAddress(address: PipeAddress): { path: string } | { port: number; host: string } {
  return typeof address === 'number' ? { port: address, host: '127.0.0.1' } : { path: address };
}

interface Attempt {
  readonly address: string;
  readonly done: (connection: CentralConnection | undefined) => void;
  readonly cancel: () => void;
}

class PipeCentral implements Central {
  readonly #options: RadioPipeOptions;
  readonly #attempts = new Map<number, Attempt>();
  readonly #connections = new Map<number, PipeConnection>();
  #socket: Socket | undefined;
  #welcomed = false;
  #onAdvertisement: ((seen: Advertisement) => void) | undefined;
  #nextId = 1;
  #closed = false;
  #cancelRetry: (() => void) | undefined;

  constructor(options: RadioPipeOptions) {
    this.#options = options;
    this.#open();
  }

  scan(onAdvertisement: (seen: Advertisement) => void): void {
    this.#onAdvertisement = onAdvertisement;
    if (this.#welcomed) this.#send({ type: 'scan' });
  }

  connect(address: string, done: (connection: CentralConnection | undefined) => void): void {
    const id = this.#nextId++;
    const delayMs = this.#welcomed ? PIPE_CONNECT_TIMEOUT_MS : 0;
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#attempts.delete(id);
      this.#send({ type: 'close', id });
      done(undefined);
    });
    this.#attempts.set(id, { address, done, cancel });
    this.#send({ type: 'connect', id, address });
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    for (const { cancel } of this.#attempts.values()) cancel();
    this.#attempts.clear();
    for (const connection of this.#connections.values()) connection.forget();
    this.#connections.clear();
    this.#socket?.destroy();
  }

  #open(): void {
    const socket = connectSocket(socketAddress(this.#options.address));
    const parser = new PipeParser();
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('connect', () => { socket.write(encodePipe({ type: 'hello', version: PIPE_VERSION })); });
    socket.on('data', (chunk: Uint8Array) => {
      const messages = parser.push(chunk);
      if (messages === undefined) socket.destroy();
      else for (const message of messages) if (!this.#closed) this.#receive(message, socket);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => { this.#lost(); });
  }

  #lost(): void {
    const had = this.#welcomed;
    this.#welcomed = false;
    this.#socket = undefined;
    if (this.#closed) return;
    const attempts = [...this.#attempts.values()];
    const connections = [...this.#connections.values()];
    this.#attempts.clear();
    this.#connections.clear();
    for (const { done, cancel } of attempts) {
      cancel();
      done(undefined);
    }
    for (const connection of connections) connection.lost();
    if (had) this.#options.onState?.(false);
    this.#cancelRetry = this.#options.clock.after(RECONNECT_MS, () => { this.#open(); });
  }

  #receive(message: PipeMessage, socket: Socket): void {
    if (message.type === 'welcome') {
      if (message.version !== PIPE_VERSION || this.#welcomed) {
        socket.destroy();
        return;
      }
      this.#welcomed = true;
      this.#options.onState?.(true);
      if (this.#onAdvertisement !== undefined) this.#send({ type: 'scan' });
    } else if (!this.#welcomed || !this.#event(message as FromRadio)) {
      socket.destroy();
    }
  }

  /** @returns false for a message that only the other direction has */
  #event(message: FromRadio): boolean {
    switch (message.type) {
      case 'advertisement':
        this.#onAdvertisement?.({ address: message.address, serviceData: message.serviceData, rssi: message.rssi });
        return true;
      case 'connected':
      case 'failed': {
        const attempt = this.#attempts.get(message.id);
        this.#attempts.delete(message.id);
        attempt?.cancel();
        if (message.type === 'failed') attempt?.done(undefined);
        else if (attempt !== undefined) this.#adopt(message.id, attempt, message.maximumValue, message.rssi);
        return true;
      }
      case 'written':
        this.#connections.get(message.id)?.written(message.ok);
        return true;
      case 'notification':
        this.#connections.get(message.id)?.notified(message.value);
        return true;
      case 'disconnected': {
        const connection = this.#connections.get(message.id);
        this.#connections.delete(message.id);
        connection?.lost();
        return true;
      }
      default:
        return false;
    }
  }

  #adopt(id: number, { address, done }: Attempt, maximumValue: number, rssi: number): void {
    const connection = new PipeConnection(address, maximumValue, rssi, {
      write: (value) => { this.#send({ type: 'write', id, value }); },
      close: () => {
        this.#connections.delete(id);
        this.#send({ type: 'close', id });
      },
      later: (callback) => { this.#options.clock.after(0, callback); },
    });
    this.#connections.set(id, connection);
    done(connection);
  }

  #send(message: ToRadio): void {
    if (this.#welcomed) this.#socket?.write(encodePipe(message));
  }
}

interface ConnectionSide {
  write(value: Uint8Array): void;
  close(): void;
  later(callback: () => void): void;
}

class PipeConnection implements CentralConnection {
  readonly address: string;
  readonly maximumValue: number;
  readonly rssi: number;
  onDisconnected?: () => void;
  readonly #side: ConnectionSide;
  #listener: ((value: Uint8Array) => void) | undefined;
  #early: Uint8Array[] = [];
  #writing: ((ok: boolean) => void) | undefined;
  #open = true;

  constructor(address: string, maximumValue: number, rssi: number, side: ConnectionSide) {
    this.address = address;
    this.maximumValue = maximumValue;
    this.rssi = rssi;
    this.#side = side;
  }

  get onNotification(): (value: Uint8Array) => void {
    return this.#listener ?? ((value) => { this.notified(value); });
  }

  set onNotification(callback: (value: Uint8Array) => void) {
    this.#listener = callback;
    if (this.#early.length > 0) this.#side.later(() => { this.#flush(); });
  }

  write(value: Uint8Array, done: (ok: boolean) => void): void {
    if (this.#writing !== undefined) throw new TypeError('one write at a time');
    if (value.length > this.maximumValue) throw new RangeError('the value is longer than the MTU allows');
    this.#writing = done;
    if (this.#open) this.#side.write(value);
    else this.#side.later(() => { this.written(false); });
  }

  close(): void {
    if (!this.#open) return;
    this.forget();
    this.#side.close();
    this.#side.later(() => { this.written(false); });
  }

  written(ok: boolean): void {
    const done = this.#writing;
    this.#writing = undefined;
    done?.(ok);
  }

  /** It waits behind those that came before anybody listened. */
  notified(value: Uint8Array): void {
    if (!this.#open) return;
    if (this.#listener !== undefined && this.#early.length === 0) this.#listener(value);
    else if (this.#early.length < MAX_EARLY_NOTIFICATIONS) this.#early.push(value);
  }

  lost(): void {
    if (!this.#open) return;
    this.forget();
    this.written(false);
    this.onDisconnected?.();
  }

  forget(): void {
    this.#open = false;
    this.#early = [];
  }

  #flush(): void {
    const early = this.#early;
    this.#early = [];
    for (const value of early) if (this.#open) this.#listener?.(value);
  }
}

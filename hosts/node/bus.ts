// What carries envelopes between gateways and the health center: publish and subscribe with QoS 1, which is all that
// the protocol needs of MQTT (duplicates are harmless, order is not relied on).
// Implemented over TLS by mqtt-bus.ts, in process by the simulator.

export interface Bus {
  /**
   * Sends at least once. `done` is called when the broker has taken the message over, or with an error if it will
   * not be tried any longer; until then the caller counts the message as in flight.
   */
  publish(topic: string, payload: Uint8Array, done: (error?: Error) => void): void;
  /** Receives what matches `filter`; a message is acknowledged to the broker when its `done` is called, not before. */
  subscribe(filter: string, onMessage: (topic: string, payload: Uint8Array, done: () => void) => void): void;
  close(done?: () => void): void;
}

const ROOT = 'lorica/v1';

export const upTopic = (gateway: string): string => `${ROOT}/${gateway}/up`;
export const downTopic = (gateway: string): string => `${ROOT}/${gateway}/down`;
/** What the health center subscribes to. */
export const UP_FILTER = `${ROOT}/+/up`;

/** A gateway's name as it stands in topics and certificates. */
export const GATEWAY_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @returns the gateway named by an up topic, or `undefined` for a foreign one */
export function gatewayOf(topic: string): string | undefined {
  const parts = topic.split('/');
  if (parts.length !== 4 || `${parts[0]}/${parts[1]}` !== ROOT || parts[3] !== 'up') return undefined;
  return GATEWAY_NAME.test(parts[2]!) ? parts[2] : undefined;
}

/** The topics that an MQTT filter with single-level wildcards covers. */
export function filterPattern(filter: string): RegExp {
  return new RegExp(`^${filter.split('/').map((level) => (level === '+' ? '[^/]+' : level.replace(/[^a-z0-9-]/gi, '\\$&'))).join('/')}$`);
}

// The way between the field (nodes, radio, gateways) and the center (broker, health center, store) of a simulated
// hospital. A message is under way for BRIDGE_MS, so what one side does in a stretch of that length cannot touch the
// other within it: both may live through the same stretch at once, in two threads, and come to what they would have
// come to one after the other.

/** ms from a gateway's broker to the center's, as over a mobile network; also the stretch. */
export const BRIDGE_MS = 200;
export const UP = 'lorica/v1/+/up';
export const DOWN = 'lorica/v1/+/down';

export interface BridgeMessage {
  /** when it arrives at the other side, ms since the world's start */
  readonly atMs: number;
  readonly topic: string;
  readonly payload: Uint8Array;
}

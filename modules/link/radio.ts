// What the firmware and the gateway need of a Bluetooth Low Energy radio, at the level of GATT: one service of ours
// with `uplink` (notify) and `downlink` (write). In the spirit of ECMA-419's GATTServer: callbacks, explicit `close`.
// Nothing here is trusted: every octet that passes through may have been made by a stranger.

/** Smallest and largest value of one notification or write: ATT MTU − 3 with MTU 23 and 517 (Core 5.4, Vol 3, F, §3.2.8). */
export const MIN_VALUE = 20;
export const MAX_VALUE = 514;

/** The node's side: a peripheral. */
export interface Radio {
  /** Advertises the service with these octets of service data; `undefined` stops. A second call replaces the data. */
  advertise(serviceData: Uint8Array | undefined): void;
  /** A central has connected. The radio has stopped to advertise then, if it can hold no further connection. */
  onConnected?: (connection: RadioConnection) => void;
  /** Drops all connections and stops; no callback comes afterwards. */
  close(): void;
}

export interface RadioConnection {
  /** most bytes that one notification carries now; it may grow when the MTU is exchanged */
  readonly maximumValue: number;
  /**
   * Sends one notification on `uplink`, at most `maximumValue` bytes. `done` comes once, never before `notify` has
   * returned: true when the radio has taken it (not: when the peer has it), false when it is lost for certain.
   * One notification at a time: the caller waits for `done`.
   */
  notify(value: Uint8Array, done: (delivered: boolean) => void): void;
  /** Drops the connection. `onDisconnected` does not come for a connection closed from here. */
  close(): void;
  /** The central wrote to `downlink`. The array is the callee's to keep. */
  onWrite?: (value: Uint8Array) => void;
  /** The central wants notifications of `uplink`. */
  onSubscribed?: () => void;
  onDisconnected?: () => void;
}

/** The gateway's side: a central that looks for nodes and connects to them. */
export interface Central {
  /** Reports each advertisement of the service, again and again, until `close`. */
  scan(onAdvertisement: (seen: Advertisement) => void): void;
  /** Connects, exchanges the MTU and subscribes to `uplink`; `undefined` when that failed or took too long. */
  connect(address: string, done: (connection: CentralConnection | undefined) => void): void;
  close(): void;
}

export interface Advertisement {
  /** private and changing: a name for `connect`, not an identity */
  readonly address: string;
  readonly serviceData: Uint8Array;
  /** received signal strength, dBm */
  readonly rssi: number;
}

export interface CentralConnection {
  readonly address: string;
  /** most bytes that one write carries */
  readonly maximumValue: number;
  /** Writes to `downlink`; `done` as with `RadioConnection.notify`. One write at a time. */
  write(value: Uint8Array, done: (ok: boolean) => void): void;
  close(): void;
  /** The array is the callee's to keep. Notifications that come before this is set are kept by the connection. */
  onNotification?: (value: Uint8Array) => void;
  onDisconnected?: () => void;
  /** received signal strength, dBm, as last measured */
  readonly rssi: number;
}

// What the drivers need of their machine, in the shape of Moddable's SMBus and ECMA-419's SPI, Analog and Digital: an
// object made from an options record, methods that throw when the bus fails. Only what the drivers use.

/** An I2C device with registers. Each method throws when the device does not acknowledge or the bus hangs. */
export interface RegisterBus {
  readUint8(register: number): number;
  writeUint8(register: number, value: number): void;
  /** @param bigEndian as the device sends it; false (SMBus word order) when missing */
  readUint16(register: number, bigEndian?: boolean): number;
  writeUint16(register: number, value: number, bigEndian?: boolean): void;
  /** Fills the buffer from a register on. */
  readBuffer(register: number, buffer: Uint8Array): void;
  close(): void;
  /** Clocks a hanging device free and ends with a stop condition (I2C specification, 3.1.16), where the host can. */
  recover?(): void;
}

/** How an I2C device is reached; `io` makes the bus from the rest. */
export interface RegisterBusOptions {
  readonly io: new (options: { readonly address: number; readonly hz: number }) => RegisterBus;
  /** Seven bits; without it the driver's default. */
  readonly address?: number;
}

/** A full-duplex SPI device with its own chip select. */
export interface SpiBus {
  /** Sends the buffer and overwrites it with what came back. */
  transfer(buffer: Uint8Array): void;
  close(): void;
}

export interface SpiBusOptions {
  readonly io: new (options: { readonly hz: number; readonly mode: number }) => SpiBus;
}

/** One analog input. */
export interface AnalogInput {
  /** Bits of `read`. */
  readonly resolution: number;
  read(): number;
  close(): void;
}

export interface DigitalInput {
  /** 0 or 1. */
  read(): number;
  close(): void;
}

/** The node's monotonic time. */
export interface Clock {
  now(): number;
}

// A simulated I2C bus with register-level chips on it, and the faults that real buses have: an address that is not
// acknowledged, a data line that a chip holds low until the master clocks it free, a transfer cut short. Recovery is
// possible because each fault ends: by count, or by `recover`.

import type { RegisterBus } from 'lorica/sensors/bus';

/** A chip's registers as its bus sees them. */
export interface I2cChip {
  /** Reads `length` bytes from a register on; the chip decides whether the address counts up. */
  read(register: number, length: number): Uint8Array;
  write(register: number, bytes: Uint8Array): void;
}

/** The bus; `io` is what a driver's options take. */
export class SimulatedI2c {
  readonly #chips = new Map<number, I2cChip>();
  #nacks = 0;
  #stuck = false;
  #recoverable = true;
  /** Transfers so far, failed ones too: what a test of stuck drivers counts. */
  transfers = 0;

  attach(address: number, chip: I2cChip): void {
    this.#chips.set(address, chip);
  }

  detach(address: number): void {
    this.#chips.delete(address);
  }

  /** The next `count` transfers are not acknowledged. */
  nack(count: number): void {
    this.#nacks = count;
  }

  /** A chip holds the data line low from now on. @param recoverable whether nine clocks free it */
  stick(recoverable = true): void {
    this.#stuck = true;
    this.#recoverable = recoverable;
  }

  /** Power comes back or the cable is mended. */
  free(): void {
    this.#stuck = false;
  }

  /** The constructor for a driver's `sensor.io`. */
  get io(): new (options: { readonly address: number; readonly hz: number }) => RegisterBus {
    const reach = (address: number): I2cChip => this.#reach(address);
    const recover = (): void => {
      if (this.#recoverable) this.#stuck = false;
    };
    return class implements RegisterBus {
      readonly #address: number;
      #open = true;

      constructor(options: { readonly address: number; readonly hz: number }) {
        this.#address = options.address;
      }

      readUint8(register: number): number {
        return this.#chip().read(register, 1)[0]!;
      }

      writeUint8(register: number, value: number): void {
        this.#chip().write(register, Uint8Array.of(value));
      }

      readUint16(register: number, bigEndian = false): number {
        const [first, second] = this.#chip().read(register, 2);
        return bigEndian ? (first! << 8) | second! : (second! << 8) | first!;
      }

      writeUint16(register: number, value: number, bigEndian = false): void {
        this.#chip().write(register, bigEndian ? Uint8Array.of(value >> 8, value) : Uint8Array.of(value, value >> 8));
      }

      readBuffer(register: number, buffer: Uint8Array): void {
        buffer.set(this.#chip().read(register, buffer.length));
      }

      recover(): void {
        recover();
      }

      close(): void {
        this.#open = false;
      }

      #chip(): I2cChip {
        if (!this.#open) throw new Error('the bus is closed');
        return reach(this.#address);
      }
    };
  }

  #reach(address: number): I2cChip {
    this.transfers++;
    if (this.#stuck) throw new Error('timeout: data line low');
    if (this.#nacks > 0) {
      this.#nacks--;
      throw new Error('not acknowledged');
    }
    const chip = this.#chips.get(address);
    if (chip === undefined) throw new Error('not acknowledged');
    return chip;
  }
}

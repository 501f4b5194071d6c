// Where the firmware begins on XS: the host that the manifest has chosen makes the world, and the firmware runs in it.
import { makeWorld } from 'lorica/host/world';
import { Firmware } from 'lorica/node/firmware';

export default function main(): void {
  new Firmware(makeWorld()).start();
}

// A node reduced to its session: a handshake with the health center and records of the normal chain, without firmware,
// journal and radio. For tests and benches of what lies behind the gateway.
import type { NodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { entropy } from 'lorica/primitives/entropy';
import { startHandshake } from 'lorica/session/initiator';
import { wipeSessionKeys } from 'lorica/session/keys';
import { SealingChain } from 'lorica/session/sealing-chain';
import { encodeMessage1, encodeMessage3 } from 'lorica/wire/handshake-payload';

export class BareNode {
  readonly enrolment: NodeEnrolment;
  #handshake: ReturnType<typeof startHandshake> | undefined;
  #chain: SealingChain | undefined;

  constructor(enrolment: NodeEnrolment) {
    this.enrolment = enrolment;
  }

  /** Message 1 of a new handshake. */
  begin(): Uint8Array {
    const { suite, healthCenterKey, staticKeys, enrolmentPsk } = this.enrolment;
    this.#handshake = startHandshake({ suite, healthCenterKey, staticKeys, enrolmentPsk, mode: 0, payload: encodeMessage1({ mode: 0 }), entropy });
    return this.#handshake.message1;
  }

  /** @returns message 3; the session is there then */
  confirm(message2: Uint8Array): Uint8Array {
    const confirmation = this.#handshake?.next.read(message2);
    if (confirmation === undefined) throw new Error('no message 2 for this node');
    const payload = encodeMessage3({ firmware: 'bare', enrolmentVersion: this.enrolment.version, chains: [], round: { boot: 1, sentTick: 0, receivedTick: 1 } });
    const { message3, keys } = confirmation.confirm(payload);
    this.#chain = SealingChain.start(keys.normal);
    wipeSessionKeys(keys);
    return message3;
  }

  get hasSession(): boolean {
    return this.#chain !== undefined;
  }

  seal(plaintext: Uint8Array): Uint8Array {
    if (this.#chain === undefined) throw new Error('no session');
    if (this.#chain.needsBlock) this.#chain.beginBlock();
    return this.#chain.seal(plaintext).record;
  }
}

// A health center for tests of the firmware, made of the session modules alone: it answers handshakes, opens records,
// stores each once, acknowledges what it has stored. It checks, on everything that it sees, that no index is ever used for
// two different records. It can be told to forget what it has not stored, to lose its sessions, or to go back to a backup.
import assert from 'node:assert/strict';
import { equal, toHex } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import type { Enrolment } from 'lorica/node/provisioning';
import type { Entropy } from 'lorica/primitives/entropy';
import { decodeReading } from 'lorica/reading/decode';
import type { GapReading, Reading, StatusReading } from 'lorica/reading/reading';
import { offlineSeed, resumptionAttempt, type ChainSeed, type Resumption, type SessionKeys } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import { readMessage1, readResumption, type AwaitingConfirmation } from 'lorica/session/responder';
import { SealingChain } from 'lorica/session/sealing-chain';
import { encodeCommand, type Command } from 'lorica/wire/command';
import { decodeMessage1, decodeMessage3, encodeMessage2, encodeResumeReply, type Message3 } from 'lorica/wire/handshake-payload';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

export const OFFLINE_LOOK_AHEAD = 24;
const MAX_ATTEMPTS_AHEAD = 16;

export interface Stored {
  readonly chain: string;
  readonly index: number;
  readonly reading: Reading;
}

interface Session {
  /** of the normal and the urgent chain: BK_0, for tests that look for keys of the past */
  readonly roots: readonly Uint8Array[];
  readonly down: SealingChain;
  readonly resumption: Resumption;
  readonly chains: readonly string[];
  nextAttempt: number;
}

interface Chain {
  readonly opening: OpeningChain;
  readonly name: string;
}

export class ScriptedCenter {
  readonly keys: KeyPair;
  readonly stored: Stored[] = [];
  readonly chains = new Map<string, Chain>();
  readonly messages3: Message3[] = [];
  /** ciphertexts by chain and index, of all that was ever on the way */
  readonly seen = new Map<string, string>();
  sessions: Session[] = [];
  /** forgets handshakes half way, as a restart does */
  isForgetful = false;
  handshakes = 0;
  resumptions = 0;
  duplicates = 0;
  unknown = 0;
  contradictions = 0;
  readonly #entropy: Entropy;
  readonly #now: () => number;
  readonly #replies = new Map<string, { reply: Uint8Array; next?: AwaitingConfirmation; keys?: SessionKeys }>();
  #enrolment: Enrolment | undefined;

  constructor(keys: KeyPair, entropy: Entropy, now: () => number) {
    this.keys = keys;
    this.#entropy = entropy;
    this.#now = now;
  }

  enrol(enrolment: Enrolment, offline: Uint8Array): void {
    this.#enrolment = enrolment;
    let secret = offline;
    for (let step = 0; step < OFFLINE_LOOK_AHEAD; step++) {
      const { normal, urgent, next } = offlineSeed(secret);
      this.#addChain(normal);
      this.#addChain(urgent);
      secret = next;
    }
  }

  /** Takes one message. @returns the answers */
  receive(message: Uint8Array): Uint8Array[] {
    switch (message[0]) {
      case MESSAGE_TYPE.handshake1: return this.#begin(message);
      case MESSAGE_TYPE.handshake3: return this.#finish(message);
      case MESSAGE_TYPE.resume1: return this.#resume(message);
      case MESSAGE_TYPE.record: return this.receiveRecords([message]);
      default: throw new Error(`a node never sends ${String(message[0])}`);
    }
  }

  /** Takes records and acknowledges them together. */
  receiveRecords(records: readonly Uint8Array[]): Uint8Array[] {
    const touched = new Set<Chain>();
    for (const record of records) this.#receiveRecord(record, touched);
    return touched.size === 0 ? [] : this.acknowledge([...touched]);
  }

  /** An acknowledgement of these chains, under each session that the node may listen on. */
  acknowledge(chains: readonly Chain[]): Uint8Array[] {
    const acknowledgements = chains.map(({ opening }) => opening.acknowledgement()).slice(0, 12);
    return this.say({ kind: 'acknowledgement', timeMs: this.#now(), acknowledgements });
  }

  say(command: Command): Uint8Array[] {
    return this.sessions.slice(-2).map(({ down }) => {
      if (down.needsBlock) down.beginBlock();
      return down.seal(encodeCommand(command)).record;
    });
  }

  /** readings of one kind, in the order of arrival */
  readings<K extends Reading['kind']>(kind: K): Extract<Reading, { kind: K }>[] {
    return this.stored.map(({ reading }) => reading).filter((reading) => reading.kind === kind) as Extract<Reading, { kind: K }>[];
  }

  get isWhole(): boolean {
    return [...this.chains.values()].every(({ opening }) => opening.acknowledgement().bitmap.length === 0);
  }

  #begin(message: Uint8Array): Uint8Array[] {
    const known = this.#replies.get(toHex(message));
    if (known !== undefined) return [known.reply];
    const enrolment = this.#enrolment!;
    const received = readMessage1(message, (_, suite) => (suite === enrolment.suite ? this.keys : undefined), this.#entropy);
    assert.ok(received !== undefined && decodeMessage1(received.payload) !== undefined, 'a node makes genuine handshakes');
    const { message2, next } = received.reply(encodeMessage2({ timeMs: this.#now(), ...(enrolment.collaboration.mode === 0 ? {} : { receipt: {} }) }));
    const state = { reply: message2, next };
    this.#replies.set(toHex(message), state);
    this.#replies.set(toHex(received.id), state);
    return [message2];
  }

  #finish(message: Uint8Array): Uint8Array[] {
    const state = this.#replies.get(toHex(message.slice(1, 9)));
    if (this.isForgetful || state === undefined) return [];
    if (state.keys === undefined) {
      const { staticKeys, enrolmentPsk, collaboration } = this.#enrolment!;
      const read = state.next!.read(message, (key) => (equal(key, staticKeys.publicKey) ? { enrolmentPsk, mode: collaboration.mode } : undefined));
      const payload = read && decodeMessage3(read.payload);
      assert.ok(read !== undefined && payload !== undefined, 'a node makes genuine handshakes');
      state.keys = read.keys;
      this.messages3.push(payload);
      this.handshakes++;
      this.#addSession(read.keys);
    }
    return this.acknowledge([this.chains.get(toHex(state.keys.normal.tag))!]);
  }

  #resume(message: Uint8Array): Uint8Array[] {
    const known = this.#replies.get(toHex(message));
    if (known !== undefined) return [known.reply];
    let session: Session | undefined;
    const received = readResumption(message, (id) => {
      for (const each of this.sessions) {
        for (let attempt = each.nextAttempt; attempt < each.nextAttempt + MAX_ATTEMPTS_AHEAD; attempt++) {
          if (!equal(resumptionAttempt(each.resumption, attempt).id, id)) continue;
          session = each;
          each.nextAttempt = attempt + 1;
          return { ...each.resumption, attempt };
        }
      }
      return undefined;
    }, this.#entropy);
    if (received === undefined || session === undefined) return [];
    const reply = received.reply(encodeResumeReply({ timeMs: this.#now() }));
    if (reply === undefined) return [];
    this.resumptions++;
    this.#addSession(reply.keys);
    this.#replies.set(toHex(message), { reply: reply.message2 });
    return [reply.message2];
  }

  #addSession(keys: SessionKeys): void {
    const { secret, hash } = keys.resumption;
    this.sessions.push({
      roots: [keys.normal.root.slice(), keys.urgent.root.slice()],
      down: SealingChain.start(keys.down),
      resumption: { secret: secret.slice(), hash: hash.slice() },
      chains: [toHex(keys.normal.tag), toHex(keys.urgent.tag)],
      nextAttempt: 0
    });
    this.#addChain(keys.normal);
    this.#addChain(keys.urgent);
  }

  #addChain(seed: ChainSeed): void {
    const name = toHex(seed.tag);
    assert.ok(!this.chains.has(name), 'no chain twice');
    this.chains.set(name, { opening: OpeningChain.start(seed), name });
  }

  #receiveRecord(record: Uint8Array, touched: Set<Chain>): void {
    const name = toHex(record.subarray(1, 9));
    const place = `${name}/${toHex(record.subarray(9, 13))}`;
    const before = this.seen.get(place);
    assert.ok(before === undefined || before === toHex(record), `index used twice: ${place}`);
    this.seen.set(place, toHex(record));
    const chain = this.chains.get(name);
    if (chain === undefined) {
      this.unknown++;
      return;
    }
    touched.add(chain);
    const opened = chain.opening.open(record);
    if (opened === 'duplicate') {
      this.duplicates++;
      return;
    }
    assert.ok(opened !== undefined, `a record that does not open: ${place}`);
    const reading = decodeReading(opened.plaintext);
    assert.ok(reading !== undefined, 'a node makes genuine readings');
    this.#follow(name);
    this.stored.push({ chain: name, index: opened.index, reading });
    if (reading.kind === 'gap') this.#takeGap(reading, touched);
    if (reading.kind === 'status') this.#takeStatus(reading, name, touched);
  }

  /** A record under a session: the ones before it are not needed any more. */
  #follow(name: string): void {
    const place = this.sessions.findIndex(({ chains }) => chains.includes(name));
    if (place > 0) this.sessions = this.sessions.slice(place);
  }

  #takeGap({ tag, first, last }: GapReading, touched: Set<Chain>): void {
    const chain = this.chains.get(toHex(tag));
    assert.ok(chain !== undefined, 'a gap of a chain that is known');
    touched.add(chain);
    if (!chain.opening.skip(first, last)) this.contradictions++;
  }

  #takeStatus({ chains }: StatusReading, own: string, touched: Set<Chain>): void {
    const pair = this.sessions.find((session) => session.chains.includes(own))?.chains ?? this.#offlinePair(own);
    for (const { tag, next } of chains) {
      const chain = this.chains.get(toHex(tag));
      assert.ok(chain !== undefined, 'a chain that is known');
      if (pair.includes(chain.name)) continue;
      touched.add(chain);
      if (!chain.opening.finish(next)) this.contradictions++;
    }
  }

  /** offline chains were added in pairs */
  #offlinePair(own: string): readonly string[] {
    const names = [...this.chains.keys()];
    const place = names.indexOf(own);
    return place % 2 === 0 ? names.slice(place, place + 2) : names.slice(place - 1, place + 1);
  }
}

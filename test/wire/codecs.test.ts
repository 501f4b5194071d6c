// The codecs do what the CDDL says, no more and no less: every decoder is asked about values that were made from its rule,
// about values that nearly match it, and about damaged bytes.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from 'lorica/bytes/bytes';
import { decode } from 'lorica/cbor/decode';
import { encode } from 'lorica/cbor/encode';
import type { CborValue } from 'lorica/cbor/value';
import { decodeShareMessage, encodeShareMessage } from 'lorica/collaboration/share-message';
import { decodeReading } from 'lorica/reading/decode';
import { encodeReading } from 'lorica/reading/encode';
import { decodeCommand, decodePlan, encodeCommand, encodePlan } from 'lorica/wire/command';
import { decodeEnvelope, encodeEnvelope } from 'lorica/wire/envelope';
import {
  decodeMessage1,
  decodeMessage2,
  decodeMessage3,
  decodeResumeReply,
  encodeMessage1,
  encodeMessage2,
  encodeMessage3,
  encodeResumeReply
} from 'lorica/wire/handshake-payload';
import { damaged } from '../support/damage.ts';
import { readCddl } from './cddl/file.ts';
import { nearMisses, valuesOf } from './cddl/generate.ts';
import { matches } from './cddl/validate.ts';
import { IN_WORDS } from './rules.ts';

interface Codec<T> {
  readonly rule: string;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T | undefined;
}

/** A codec without its type: bytes in, and bytes that come out of decoding and encoding them again. */
interface Round {
  readonly rule: string;
  readonly again: (bytes: Uint8Array) => Uint8Array | undefined;
}

function round<T>(codec: Codec<T>): Round {
  return {
    rule: codec.rule,
    again: (bytes) => {
      const value = codec.decode(bytes);
      return value === undefined ? undefined : codec.encode(value);
    }
  };
}

const CODECS: readonly Round[] = [
  round({ rule: 'handshake-1', encode: encodeMessage1, decode: decodeMessage1 }),
  round({ rule: 'handshake-2', encode: encodeMessage2, decode: decodeMessage2 }),
  round({ rule: 'handshake-3', encode: encodeMessage3, decode: decodeMessage3 }),
  round({ rule: 'resume-reply', encode: encodeResumeReply, decode: decodeResumeReply }),
  round({ rule: 'reading', encode: encodeReading, decode: decodeReading }),
  round({ rule: 'command', encode: encodeCommand, decode: decodeCommand }),
  round({ rule: 'plan', encode: encodePlan, decode: decodePlan }),
  round({ rule: 'envelope', encode: encodeEnvelope, decode: decodeEnvelope }),
  round({ rule: 'share-message', encode: encodeShareMessage, decode: decodeShareMessage })
];

const cddl = readCddl();

/** What the decoder must say, by the CDDL alone. */
function isRight(rule: string, value: CborValue): boolean {
  return matches(cddl, rule, value) && IN_WORDS[rule]!(value);
}

for (const { rule, again } of CODECS) {
  describe(`wire: ${rule}`, () => {
    const values = valuesOf(cddl, rule);
    // envelopes are long; fewer of them say as much
    const runs = rule === 'envelope' ? 60 : 1000;

    const agrees = (value: CborValue): boolean => {
      const bytes = encode(value);
      const right = isRight(rule, value);
      assert.deepEqual(again(bytes), right ? bytes : undefined, `${right ? 'refused' : 'accepted'}: ${toHex(bytes).slice(0, 200)}`);
      return right;
    };

    it('accepts and writes again every value of the CDDL that is right in words too', () => {
      let right = 0;
      fc.assert(fc.property(values, (value) => { if (agrees(value)) right++; }), { numRuns: runs });
      assert.ok(right > runs / 20, `only ${right} of ${runs} were right: the test says too little`);
    });

    it('refuses every value that nearly matches, and accepts it only where the CDDL does', () => {
      let wrong = 0;
      const misses = values.chain((value) => nearMisses(value));
      fc.assert(fc.property(misses, (value) => { if (!agrees(value)) wrong++; }), { numRuns: 2 * runs });
      assert.ok(wrong > runs / 2, `only ${wrong} were wrong: the test says too little`);
    });

    it('accepts damaged bytes only where they are the one encoding of another right value', () => {
      for (const value of fc.sample(values, { numRuns: 200, seed: 7 }).filter((each) => isRight(rule, each) && encode(each).length < 400).slice(0, 12)) {
        for (const bytes of damaged(encode(value))) {
          const came = again(bytes);
          if (came === undefined) continue;
          assert.deepEqual(came, bytes);
          assert.ok(isRight(rule, decode(bytes)!));
        }
      }
    });

    it('gives undefined for every truncation, for random bytes and for claims beyond the end', () => {
      const [value] = fc.sample(values, { numRuns: 300, seed: 9 }).filter((each) => isRight(rule, each) && encode(each).length < 400);
      const bytes = encode(value!);
      for (let length = 0; length < bytes.length; length++) assert.equal(again(bytes.slice(0, length)), undefined);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (random) => {
          const came = again(random);
          if (came !== undefined) assert.ok(isRight(rule, decode(random)!));
        }),
        { numRuns: 3000 }
      );
      for (const head of ['bf', '9f', 'bb001fffffffffffff', 'ba7fffffff', 'a3015b001fffffffffffff', 'a3017fffffffff', 'a20029']) {
        assert.equal(again(Uint8Array.from(Buffer.from(head, 'hex'))), undefined);
      }
    });
  });
}

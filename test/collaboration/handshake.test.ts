// The collaboration in its place: between the messages of a real handshake, with records to the assistants.
import assert from 'node:assert/strict';
import { assistantChains, assistantKey } from 'lorica/collaboration/assistant-chains';
import { Collection } from 'lorica/collaboration/collection';
import type { Contribution } from 'lorica/collaboration/contribution';
import { EarlyShares } from 'lorica/collaboration/early-shares';
import type { HeldContribution } from 'lorica/collaboration/held-contribution';
import { beginContribution, mayGoOn, type AwaitingReceipt, type DealtShare } from 'lorica/collaboration/node-contribution';
import { decodeShareMessage } from 'lorica/collaboration/share-message';
import { startHandshake } from 'lorica/session/initiator';
import { OpeningChain } from 'lorica/session/opening-chain';
import { readMessage1 } from 'lorica/session/responder';
import { SealingChain } from 'lorica/session/sealing-chain';
import { suiteByNumber } from 'lorica/session/suites';
import { COLLABORATION_MODE, decodeMessage1, decodeMessage2, encodeMessage1, encodeMessage2 } from 'lorica/wire/handshake-payload';
import { countingEntropy, spoiled } from './support.ts';

const SUITE = 2;
const MODE = COLLABORATION_MODE.required;
const M = countingEntropy('M')(32);
const P = countingEntropy('P')(32);
const PAYLOAD_3 = new Uint8Array(1);
const CERTIFICATES = [1, 2, 3].map((i) => countingEntropy(`certificate ${i}`)(32));

/** What assistant `i` reads from its record, and hands up with a name and a signature that somebody has checked. */
function passedOn({ index, message }: DealtShare): { sid: Uint8Array; contribution: Contribution } {
  const ends = (): ReturnType<typeof assistantChains> => assistantChains(assistantKey(M, CERTIFICATES[index - 1]!, 1));
  const chain = SealingChain.start(ends().up);
  chain.beginBlock();
  const opened = OpeningChain.start(ends().up).open(chain.seal(message).record);
  assert(opened !== undefined && opened !== 'duplicate');
  const { sid, value } = decodeShareMessage(opened.plaintext)!;
  return { sid, contribution: { assistant: `assistant ${index}`, index, value, isVerified: true } };
}

describe('collaboration: in a handshake', () => {
  const { dh } = suiteByNumber(SUITE);
  const center = dh.generate(countingEntropy('center'));
  const node = dh.generate(countingEntropy('node'));

  /** Messages 1 and 2; assistant 3 is early, assistant 2 lies, assistant 1 is last. */
  function begin(seed: string) {
    const entropy = countingEntropy(seed);
    const prepared = beginContribution(2, 3, entropy);
    const payload = encodeMessage1({ mode: MODE, sharing: prepared.sharing });
    const start = { suite: SUITE, healthCenterKey: center.publicKey, staticKeys: node, enrolmentPsk: P, mode: MODE, payload, entropy };
    const first = startHandshake(start);
    const { shares, next } = prepared.deal(first.sid);
    const [one, two, three] = shares.map(passedOn);

    const early = new EarlyShares();
    assert.equal(early.put(three!.sid, three!.contribution, 0), 'taken');
    const received = readMessage1(first.message1, () => center, countingEntropy('reply'))!;
    const collection = Collection.begin(received.sid, decodeMessage1(received.payload)!.sharing!);
    const contributions = [...early.take(received.sid), spoiled(two!.contribution, 3), one!.contribution];
    const held = contributions.map((each) => collection.add(each).held).at(-1)!;
    const reply = received.reply(encodeMessage2({ timeMs: 1, receipt: held.receipt }));
    const confirmation = first.next.read(reply.message2)!;
    return { held, reply: reply.next, confirmation, judge: next };
  }

  function confirm({ confirmation, judge }: { confirmation: ReturnType<typeof begin>['confirmation']; judge: AwaitingReceipt }) {
    const verdict = judge.judge(decodeMessage2(confirmation.payload)!.receipt);
    assert(verdict.outcome === 'held' && mayGoOn(MODE, verdict.outcome));
    return confirmation.confirm(PAYLOAD_3, verdict.x);
  }

  const resolve = (x: Uint8Array | undefined) => () => ({ enrolmentPsk: P, mode: MODE, x });

  it('both ends go on with one x, and the liar is named', () => {
    const begun = begin('whole');
    const held: HeldContribution = begun.held;
    assert.deepEqual(held.indices, [1, 3]);
    const { message3, keys } = confirm(begun);
    assert.deepEqual(begun.reply.read(message3, resolve(held.x))?.keys, keys);
    assert.deepEqual(held.liars, [{ assistant: 'assistant 2', index: 2 }]);
  });

  it('the session is closed to whoever has P and not x', () => {
    const begun = begin('without');
    const { message3 } = confirm(begun);
    for (const x of [undefined, new Uint8Array(32), begun.held.x.map((octet) => octet ^ 1)]) {
      assert.equal(begun.reply.read(message3, resolve(x)), undefined);
    }
    assert.notEqual(begun.reply.read(message3, resolve(begun.held.x)), undefined);
  });

  it('a receipt of one handshake is worth nothing in another', () => {
    const [one, other] = [begin('one'), begin('other')];
    const verdict = other.judge.judge(decodeMessage2(one.confirmation.payload)!.receipt);
    assert.deepEqual(verdict, { outcome: 'false' });
    assert(!mayGoOn(MODE, verdict.outcome) && !mayGoOn(COLLABORATION_MODE.preferred, verdict.outcome));
  });
});

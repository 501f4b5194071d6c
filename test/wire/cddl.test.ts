// The tables, bounds and byte layouts of the code against those of the CDDL, both ways.
import assert from 'node:assert/strict';
import { SHARE_KIND, SHARE_MESSAGE_LENGTH } from 'lorica/collaboration/share-message';
import { FIRST_FRAGMENT_HEADER, FRAGMENT_HEADER, MAX_LINK_MESSAGE } from 'lorica/link/framing';
import { FRAME_OVERHEAD, MAX_FRAME_PLAINTEXT } from 'lorica/link/frame';
import { GATEWAY_PROOF_LENGTH, NODE_PROOF_LENGTH, NONCE_MESSAGE_LENGTH } from 'lorica/link/proof';
import { MAX_VALUE } from 'lorica/link/radio';
import { SERVICE_DATA_LENGTH } from 'lorica/link/recognition';
import {
  CHANNEL,
  COUNTER,
  ENCODING,
  EVENT,
  GAP_REASON,
  MAX_CHAINS,
  MAX_FIRMWARE_LENGTH,
  MAX_QUALITY,
  MAX_TICK,
  MAX_UINT32,
  READING_KIND,
  VITAL,
  VITALS
} from 'lorica/reading/reading';
import { COMMAND_KIND, MAX_ACKNOWLEDGEMENTS, MAX_BITMAP } from 'lorica/wire/command';
import { MAX_ENVELOPE } from 'lorica/wire/envelope';
import { COLLABORATION_MODE, HASH_LENGTH } from 'lorica/wire/handshake-payload';
import { MAX_MESSAGE, MAX_RECORD, MAX_RECORD_PLAINTEXT, MESSAGE_TYPE, RECORD_HEADER, RECORD_INDEX_OFFSET, RECORD_TAG_OFFSET, TAG_LENGTH } from 'lorica/wire/message-type';
import { enumeration, resolve, type Type } from './cddl/ast.ts';
import { readCddl, readReadme, withTables } from './cddl/file.ts';
import { parse } from './cddl/parse.ts';
import { matches, sizeOf } from './cddl/validate.ts';

const cddl = readCddl();

const TABLES: Record<string, Record<string, number>> = {
  'message-type': MESSAGE_TYPE,
  'collaboration-mode': COLLABORATION_MODE,
  'reading-kind': READING_KIND,
  vital: VITAL,
  channel: CHANNEL,
  encoding: ENCODING,
  'event-code': EVENT,
  'gap-reason': GAP_REASON,
  counter: COUNTER,
  'command-kind': COMMAND_KIND
};

describe('wire: lorica.cddl', () => {
  it('has each code that the code has, and the code each of its', () => {
    const enumerations = [...cddl.rules.values()].filter(({ type }) => type?.is === 'enumeration').map(({ name }) => name);
    assert.deepEqual(enumerations.toSorted(), Object.keys(TABLES).toSorted());
    for (const [name, table] of Object.entries(TABLES)) assert.deepEqual(enumeration(cddl, name), { ...table }, name);
  });

  it('gives every kind of reading and command its number, and every vital its bounds', () => {
    for (const [union, table] of [['reading', READING_KIND], ['command', COMMAND_KIND]] as const) {
      const alternatives = choices({ is: 'name', name: union });
      const kinds = alternatives.map((type) => {
        const map = resolve(cddl, type);
        assert.ok(map.is === 'map');
        return resolve(cddl, map.group[0]![0]!.type);
      });
      assert.deepEqual(kinds, Object.values(table).map((value) => ({ is: 'literal', value })));
    }
    const measured = cddl.rules.get('measurement')!.group!.map(([entry]) => {
      const vital = resolve(cddl, entry!.key!);
      assert.ok(vital.is === 'literal' && entry!.type.is === 'array');
      const [value] = choices(entry!.type.group[0]![0]!.type).map((type) => resolve(cddl, type));
      assert.ok(value?.is === 'range');
      return [vital.value, value.minimum, value.maximum];
    });
    assert.deepEqual(measured, VITALS.flatMap((info, code) => (info ? [[code, info.minimum, info.maximum]] : [])));
  });

  it('has the bounds that the code has', () => {
    const bounds: Record<string, [number, number]> = {
      uint32: [0, MAX_UINT32],
      count48: [0, MAX_TICK],
      quality: [0, MAX_QUALITY],
      firmware: [0, MAX_FIRMWARE_LENGTH],
      tag: [TAG_LENGTH, TAG_LENGTH],
      hash: [HASH_LENGTH, HASH_LENGTH],
      bitmap: [0, MAX_BITMAP],
      record: [RECORD_HEADER + 1 + 16, MAX_RECORD],
      'pairing-message': [1, MAX_MESSAGE],
      'collaboration-message': [1, MAX_MESSAGE],
      'link-nonce': [NONCE_MESSAGE_LENGTH, NONCE_MESSAGE_LENGTH],
      'link-gateway-proof': [GATEWAY_PROOF_LENGTH, GATEWAY_PROOF_LENGTH],
      'link-node-proof': [NODE_PROOF_LENGTH, NODE_PROOF_LENGTH],
      'link-frame': [FRAME_OVERHEAD + 2 + 1, FRAME_OVERHEAD + MAX_FRAME_PLAINTEXT],
      'fragment-first': [FIRST_FRAGMENT_HEADER + 1, MAX_VALUE],
      'fragment-next': [FRAGMENT_HEADER + 1, MAX_VALUE],
      'service-data': [SERVICE_DATA_LENGTH, SERVICE_DATA_LENGTH]
    };
    for (const [name, expected] of Object.entries(bounds)) {
      const type = resolve(cddl, { is: 'name', name });
      assert.ok(type.is === 'range' || type.is === 'string', name);
      assert.deepEqual([type.minimum, type.maximum], expected, name);
    }
    assert.equal(MAX_LINK_MESSAGE, FRAME_OVERHEAD + MAX_FRAME_PLAINTEXT);
    assert.deepEqual(sizeOf(cddl, 'chain-ends').greatest, 2 + MAX_CHAINS * sizeOf(cddl, 'chain-end').greatest);
  });

  it('lets no reading and no command outgrow a record, and no envelope its bound', () => {
    assert.ok(sizeOf(cddl, 'reading').greatest <= MAX_RECORD_PLAINTEXT);
    assert.ok(sizeOf(cddl, 'command').greatest <= MAX_RECORD_PLAINTEXT);
    assert.equal(sizeOf(cddl, 'envelope').greatest, MAX_ENVELOPE);
    const one = sizeOf(cddl, 'acknowledgement');
    assert.ok(one.greatest <= MAX_RECORD_PLAINTEXT && one.greatest > (MAX_RECORD_PLAINTEXT * (MAX_ACKNOWLEDGEMENTS - 1)) / MAX_ACKNOWLEDGEMENTS);
  });

  it('gives shares a kind that no reading and no command has, and one length', () => {
    assert.deepEqual(sizeOf(cddl, 'share-message'), { least: SHARE_MESSAGE_LENGTH, greatest: SHARE_MESSAGE_LENGTH });
    const message = cddl.rules.get('share-message')!.type!;
    assert.ok(message.is === 'map');
    assert.deepEqual(message.group[0]![0]!.type, { is: 'literal', value: SHARE_KIND });
    assert.ok(![...Object.values(READING_KIND), ...Object.values(COMMAND_KIND)].includes(SHARE_KIND as never));
  });

  it('has byte tables whose offsets, lengths and sizes add up', () => {
    const layouts = [...cddl.rules.values()].filter(({ rows }) => rows.length > 0);
    assert.equal(layouts.length, 15);
    for (const { name, rows, type } of layouts) {
      const carried = /^([a-z0-9-]+) \(CBOR, n octets\)/.exec(rows.at(-1)!.meaning)?.[1];
      const free = rows.map(({ length }) => /^(\d+)\.\.(\d+)$/.exec(length)).find((found) => found !== null);
      const sizes = carried === undefined ? undefined : sizeOf(cddl, carried);
      const least = sizes?.least ?? Number(free?.[1] ?? 0);
      const greatest = sizes?.greatest ?? Number(free?.[2] ?? 0);
      const ends = [[192, least], [256, greatest]].map(([dhlen, n]) => {
        let at = 0;
        for (const row of rows) {
          assert.equal(evaluate(row.offset, dhlen!, n!), at, `${name}: ${row.meaning}`);
          at += evaluate(row.length, dhlen!, n!);
        }
        return at;
      });
      assert.ok(type?.is === 'string');
      assert.deepEqual(ends, [type.minimum, type.maximum], name);
    }
  });

  it('begins each layout with the octet that the code begins it with', () => {
    const firsts: Record<string, keyof typeof MESSAGE_TYPE> = {
      record: 'record',
      'handshake-message-1': 'handshake1',
      'handshake-message-2': 'handshake2',
      'handshake-message-3': 'handshake3',
      'resume-message-1': 'resume1',
      'resume-message-2': 'resume2',
      'pairing-message': 'pairingFirst',
      'collaboration-message': 'collaborationFirst',
      'link-nonce': 'linkNonce',
      'link-gateway-proof': 'linkGatewayProof',
      'link-node-proof': 'linkNodeProof',
      'link-frame': 'linkFrame'
    };
    for (const union of ['message', 'link-message']) {
      for (const type of choices({ is: 'name', name: union })) assert.ok(type.is === 'name' && type.name in firsts);
    }
    for (const [name, type] of Object.entries(firsts)) {
      assert.equal(Number(/^0x[0-9a-f]+/.exec(cddl.rules.get(name)!.rows[0]!.meaning)![0]), MESSAGE_TYPE[type], name);
    }
    const record = cddl.rules.get('record')!.rows.map(({ offset }) => offset);
    assert.deepEqual(record.slice(0, 4).map(Number), [0, RECORD_TAG_OFFSET, RECORD_INDEX_OFFSET, RECORD_HEADER]);
  });

  it('names no rule that is not there, and has none that nothing reaches', () => {
    const reached = new Set<string>();
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { is, name } = value as { is?: string; name?: string };
      if (is === 'name' && !reached.has(name!)) {
        assert.ok(cddl.rules.has(name!), `no rule ${name!}`);
        reached.add(name!);
        visit(cddl.rules.get(name!));
      }
      Object.values(value).forEach(visit);
    };
    visit({ is: 'name', name: 'lorica' });
    // enumerations that only give names to numbers which other rules hold
    const labels = ['lorica', 'message-type', 'collaboration-mode', 'reading-kind', 'vital', 'counter', 'command-kind'];
    for (const name of labels) reached.add(name);
    assert.deepEqual([...cddl.rules.keys()].filter((name) => !reached.has(name)), []);
  });

  it('has its tables in the README, made anew', () => {
    const readme = readReadme();
    assert.equal(withTables(readme, cddl), readme, 'run: node --import ./hosts/node/register.mjs test/wire/print-tables.ts');
  });
});

describe('wire: the checker itself', () => {
  const small = parse('a = { 1 => 0..3, ? 2 => [1*2 bstr .size (0..2)], 3 => b } / { 9 => null }\nb = &( x: 1, y: -2 )\n');

  it('tells right from wrong', () => {
    const bytes = new Uint8Array(2);
    const right = [new Map<number, unknown>([[1, 3], [3, 1]]), new Map<number, unknown>([[1, 0], [2, [bytes]], [3, -2]]), new Map([[9, null]])];
    const wrong = [
      1,
      new Map(),
      new Map([[1, 4], [3, 1]]),
      new Map([[1, 0], [3, 2]]),
      new Map([[1, 0], [3, 1], [4, 1]]),
      new Map<number, unknown>([[1, 0], [2, []], [3, 1]]),
      new Map<number, unknown>([[1, 0], [2, [bytes, bytes, bytes]], [3, 1]]),
      new Map<number, unknown>([[1, 0], [2, [new Uint8Array(3)]], [3, 1]]),
      new Map([[9, 0]])
    ];
    for (const value of right) assert.ok(matches(small, 'a', value as never));
    for (const value of wrong) assert.ok(!matches(small, 'a', value as never));
    assert.deepEqual(sizeOf(small, 'a'), { least: 3, greatest: 1 + 2 + (1 + 1 + 2 * 3) + 2 });
  });

  it('refuses a file that it cannot read wholly', () => {
    for (const text of ['a = bstr', 'a = 1\na = 2', 'a = { 1 => }', 'a = #6.1(1)', 'a = { 1 => 2', 'a = 1..', '= 1', 'a = "x"']) {
      assert.throws(() => parse(text), SyntaxError, text);
    }
  });
});

function choices(type: Type): readonly Type[] {
  const found = type.is === 'name' ? cddl.rules.get(type.name)!.type! : type;
  return found.is === 'choice' ? found.of : [found];
}

/** `9 + DHLEN`, `n + 16`, `1..1024` */
function evaluate(expression: string, dhlen: number, n: number): number {
  return expression.split(' + ').reduce((sum, term) => {
    const value = term === 'DHLEN' ? dhlen : term === 'n' || term.includes('..') ? n : Number(term);
    assert.ok(Number.isInteger(value), expression);
    return sum + value;
  }, 0);
}

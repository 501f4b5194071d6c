// What the health center tells a node: plaintexts of records on the down chain (modules/wire/lorica.cddl, section 4).
// Whether a command is new (its version) is for the node to judge, not for this codec.
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { CHANNEL, EVENT, MAX_TICK, MAX_UINT32, type Channel, type EventCode } from 'lorica/reading/reading';
import { TAG_LENGTH } from 'lorica/wire/message-type';

/** key 0 of every command */
export const COMMAND_KIND = { acknowledgement: 32, plan: 33, resend: 34 } as const;
export type CommandKind = keyof typeof COMMAND_KIND;

/** so many with full bitmaps still fit into one record */
export const MAX_ACKNOWLEDGEMENTS = 12;
/** octets: 512 indices behind the next one */
export const MAX_BITMAP = 64;
export const MAX_RANGES = 48;
export const MIN_VITALS_INTERVAL_MS = 100;
export const MIN_DELIVERY_INTERVAL_MS = 1000;
export const DAY_MS = 86_400_000;
export const DAY_SECONDS = 86_400;

export interface Acknowledgement {
  /** 8 bytes */
  readonly tag: Uint8Array;
  /** the lowest index that is neither received nor given up */
  readonly next: number;
  /** bit i, least significant of each octet first: index next + 1 + i is settled; at most 64 bytes, the last not zero */
  readonly bitmap: Uint8Array;
}

export interface AcknowledgementCommand {
  readonly kind: 'acknowledgement';
  /** the health center's time, ms since 1970-01-01T00:00Z */
  readonly timeMs: number;
  /** 1…MAX_ACKNOWLEDGEMENTS */
  readonly acknowledgements: readonly Acknowledgement[];
}

/** How much of a waveform is kept: `seconds` out of every `everySeconds`; equal means without a break. */
export interface Duty {
  readonly seconds: number;
  readonly everySeconds: number;
}

export interface Plan {
  readonly vitalsIntervalMs: number;
  readonly waveforms: ReadonlyMap<Channel, Duty>;
  /** how often a batch goes out when nothing is urgent */
  readonly deliveryIntervalMs: number;
  /** event → limit, scaled as the vital */
  readonly limits: ReadonlyMap<EventCode, number>;
}

export interface PlanCommand {
  readonly kind: 'plan';
  /** rises; uint32 */
  readonly version: number;
  readonly plan: Plan;
}

export interface RecordRange {
  /** 8 bytes */
  readonly tag: Uint8Array;
  readonly first: number;
  /** inclusive, ≥ first */
  readonly last: number;
}

export interface ResendCommand {
  readonly kind: 'resend';
  /** rises; uint32 */
  readonly version: number;
  /** 1…MAX_RANGES */
  readonly ranges: readonly RecordRange[];
}

export type Command = AcknowledgementCommand | PlanCommand | ResendCommand;

const INT32 = 0x80000000;
const CHANNELS = CHANNEL.accelerationZ;
const EVENTS = EVENT.collaborationRefused;

/**
 * @returns the plaintext of a record, always less than MAX_RECORD_PLAINTEXT (1024) octets
 * @throws RangeError on a field beyond its bounds
 */
export function encodeCommand(command: Command): Uint8Array {
  switch (command.kind) {
    case 'acknowledgement':
      return encodeAcknowledgement(command);
    case 'plan':
      return encodePlanCommand(command);
    case 'resend':
      return encodeResend(command);
    default:
      throw new TypeError('no such kind of command');
  }
}

/** @returns the command, or `undefined` for anything but the one right encoding of a command */
export function decodeCommand(plaintext: Uint8Array): Command | undefined {
  const reader = new Reader(plaintext);
  reader.map(3, 3);
  reader.key(0);
  const command = readBody(reader, reader.uint(COMMAND_KIND.acknowledgement, COMMAND_KIND.resend));
  return reader.done ? command : undefined;
}

/** The plan by itself, as the node keeps it at rest. */
export function encodePlan(plan: Plan): Uint8Array {
  const writer = new Writer(128);
  writePlan(writer, plan);
  return writer.finish();
}

export function decodePlan(bytes: Uint8Array): Plan | undefined {
  const reader = new Reader(bytes);
  const plan = readPlan(reader);
  return reader.done ? plan : undefined;
}

function readBody(reader: Reader, kind: number): Command | undefined {
  switch (kind) {
    case COMMAND_KIND.acknowledgement:
      return readAcknowledgement(reader);
    case COMMAND_KIND.plan: {
      reader.key(1);
      const version = reader.uint(0, MAX_UINT32);
      reader.key(2);
      return { kind: 'plan', version, plan: readPlan(reader) };
    }
    case COMMAND_KIND.resend:
      return readResend(reader);
    default:
      return undefined;
  }
}

function encodeAcknowledgement(command: AcknowledgementCommand): Uint8Array {
  const { timeMs, acknowledgements } = command;
  bounded(acknowledgements.length, 1, MAX_ACKNOWLEDGEMENTS);
  const writer = new Writer(256).map(3).int(0).int(COMMAND_KIND.acknowledgement).int(1).int(timeMs, 0, MAX_TICK);
  writer.int(2).array(acknowledgements.length);
  for (const { tag, next, bitmap } of acknowledgements) {
    if (bitmap.length > 0 && bitmap[bitmap.length - 1] === 0) throw new RangeError('bitmap ends in a zero octet');
    writer.array(3).bytes(tag, TAG_LENGTH, TAG_LENGTH).int(next, 0, MAX_UINT32).bytes(bitmap, 0, MAX_BITMAP);
  }
  return writer.finish();
}

function readAcknowledgement(reader: Reader): Command {
  reader.key(1);
  const timeMs = reader.uint(0, MAX_TICK);
  reader.key(2);
  const acknowledgements: Acknowledgement[] = [];
  const count = reader.array(1, MAX_ACKNOWLEDGEMENTS);
  for (let i = 0; i < count && !reader.failed; i++) {
    reader.array(3, 3);
    const tag = reader.bytes(TAG_LENGTH, TAG_LENGTH);
    const next = reader.uint(0, MAX_UINT32);
    const bitmap = reader.bytes(0, MAX_BITMAP);
    if (bitmap.length > 0 && bitmap[bitmap.length - 1] === 0) reader.fail();
    acknowledgements.push({ tag, next, bitmap });
  }
  return { kind: 'acknowledgement', timeMs, acknowledgements };
}

function encodePlanCommand(command: PlanCommand): Uint8Array {
  const writer = new Writer(128).map(3).int(0).int(COMMAND_KIND.plan).int(1).int(command.version, 0, MAX_UINT32).int(2);
  writePlan(writer, command.plan);
  return writer.finish();
}

function writePlan(writer: Writer, plan: Plan): void {
  writer.map(4).int(1).int(plan.vitalsIntervalMs, MIN_VITALS_INTERVAL_MS, DAY_MS);
  writer.int(2).map(plan.waveforms.size);
  for (const channel of ascending(plan.waveforms)) {
    const { seconds, everySeconds } = plan.waveforms.get(channel)!;
    writer.int(channel, 1, CHANNELS).array(2).int(seconds, 1, DAY_SECONDS).int(everySeconds, seconds, DAY_SECONDS);
  }
  writer.int(3).int(plan.deliveryIntervalMs, MIN_DELIVERY_INTERVAL_MS, DAY_MS);
  writer.int(4).map(plan.limits.size);
  for (const event of ascending(plan.limits)) writer.int(event, 1, EVENTS).int(plan.limits.get(event)!, -INT32, INT32 - 1);
}

function readPlan(reader: Reader): Plan {
  const waveforms = new Map<Channel, Duty>();
  const limits = new Map<EventCode, number>();
  reader.map(4, 4);
  reader.key(1);
  const vitalsIntervalMs = reader.uint(MIN_VITALS_INTERVAL_MS, DAY_MS);
  reader.key(2);
  let key = 0;
  for (let left = reader.map(0, CHANNELS); left > 0 && !reader.failed; left--) {
    key = reader.uint(key + 1, CHANNELS);
    reader.array(2, 2);
    const seconds = reader.uint(1, DAY_SECONDS);
    waveforms.set(key as Channel, { seconds, everySeconds: reader.uint(seconds, DAY_SECONDS) });
  }
  reader.key(3);
  const deliveryIntervalMs = reader.uint(MIN_DELIVERY_INTERVAL_MS, DAY_MS);
  reader.key(4);
  key = 0;
  for (let left = reader.map(0, EVENTS); left > 0 && !reader.failed; left--) {
    key = reader.uint(key + 1, EVENTS);
    limits.set(key as EventCode, reader.int(-INT32, INT32 - 1));
  }
  return { vitalsIntervalMs, waveforms, deliveryIntervalMs, limits };
}

function encodeResend(command: ResendCommand): Uint8Array {
  const { version, ranges } = command;
  bounded(ranges.length, 1, MAX_RANGES);
  const writer = new Writer(128).map(3).int(0).int(COMMAND_KIND.resend).int(1).int(version, 0, MAX_UINT32).int(2);
  writer.array(ranges.length);
  for (const { tag, first, last } of ranges) {
    writer.array(3).bytes(tag, TAG_LENGTH, TAG_LENGTH).int(first, 0, MAX_UINT32).int(last, first, MAX_UINT32);
  }
  return writer.finish();
}

function readResend(reader: Reader): Command {
  reader.key(1);
  const version = reader.uint(0, MAX_UINT32);
  reader.key(2);
  const ranges: RecordRange[] = [];
  const count = reader.array(1, MAX_RANGES);
  for (let i = 0; i < count && !reader.failed; i++) {
    reader.array(3, 3);
    const tag = reader.bytes(TAG_LENGTH, TAG_LENGTH);
    const first = reader.uint(0, MAX_UINT32);
    ranges.push({ tag, first, last: reader.uint(first, MAX_UINT32) });
  }
  return { kind: 'resend', version, ranges };
}

function ascending<K extends number>(map: ReadonlyMap<K, unknown>): K[] {
  return [...map.keys()].sort((a, b) => a - b);
}

function bounded(count: number, minimum: number, maximum: number): void {
  if (count < minimum || count > maximum) throw new RangeError(`not ${minimum} to ${maximum} of them`);
}

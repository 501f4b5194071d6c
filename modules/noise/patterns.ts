// Handshake patterns of the Noise framework (revision 34, §7.5) and the pskN modifiers (§9.4), as a table.
// The one-way patterns (§7.4) and the deferred ones (§7.6) are not here: nothing in Lorica uses them.

export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk';
export type Role = 'initiator' | 'responder';

export interface Pattern {
  /** with its modifiers, as it stands in the protocol name: `XKpsk3` */
  readonly name: string;
  /** whose static key the other party knows beforehand: the pre-messages, whose only token is `s` (§7.1) */
  readonly knownBefore: readonly Role[];
  /** one list of tokens a message, the initiator's first */
  readonly messages: readonly (readonly Token[])[];
  readonly pskCount: number;
}

type Row = readonly [knownBefore: readonly Role[], ...messages: (readonly Token[])[]];

const FUNDAMENTAL: Readonly<Record<string, Row>> = {
  NN: [[], ['e'], ['e', 'ee']],
  NK: [['responder'], ['e', 'es'], ['e', 'ee']],
  NX: [[], ['e'], ['e', 'ee', 's', 'es']],
  XN: [[], ['e'], ['e', 'ee'], ['s', 'se']],
  XK: [['responder'], ['e', 'es'], ['e', 'ee'], ['s', 'se']],
  XX: [[], ['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
  KN: [['initiator'], ['e'], ['e', 'ee', 'se']],
  KK: [['initiator', 'responder'], ['e', 'es', 'ss'], ['e', 'ee', 'se']],
  KX: [['initiator'], ['e'], ['e', 'ee', 'se', 's', 'es']],
  IN: [[], ['e', 's'], ['e', 'ee', 'se']],
  IK: [['responder'], ['e', 'es', 's', 'ss'], ['e', 'ee', 'se']],
  IX: [[], ['e', 's'], ['e', 'ee', 'se', 's', 'es']],
};

/**
 * @param name a fundamental pattern of two letters, then none or more pskN joined by `+`: `XX`, `XKpsk0+psk3`
 * @throws RangeError for a pattern that is not in the table, or a modifier that has no place in it
 */
export function findPattern(name: string): Pattern {
  const row = FUNDAMENTAL[name.slice(0, 2)];
  if (row === undefined) throw new RangeError(`no such handshake pattern: ${name}`);
  const [knownBefore, ...fundamental] = row;
  const messages = fundamental.map((tokens) => [...tokens]);
  const places = pskPlaces(name, messages.length);
  for (const place of places) {
    if (place === 0) messages[0]!.unshift('psk');
    else messages[place - 1]!.push('psk');
  }
  return { name, knownBefore, messages, pskCount: places.length };
}

/** @returns the N of each pskN, rising */
function pskPlaces(name: string, messageCount: number): number[] {
  if (name.length === 2) return [];
  const places: number[] = [];
  for (const modifier of name.slice(2).split('+')) {
    const place = modifier.length === 4 && modifier.startsWith('psk') ? modifier.charCodeAt(3) - 0x30 : -1;
    if (!(place >= 0 && place <= messageCount)) throw new RangeError(`no such modifier: ${modifier}`);
    if (places.length > 0 && place <= places.at(-1)!) throw new RangeError(`modifiers out of order: ${name}`);
    places.push(place);
  }
  return places;
}

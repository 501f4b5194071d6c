// What every parser has to meet: the right bytes, damaged in all small ways.

/** Each truncation, each flipped bit, each octet put before, behind and in between. */
export function* damaged(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.slice(0, length);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const copy = bytes.slice();
    copy[bit >> 3]! ^= 1 << (bit & 7);
    yield copy;
  }
  for (let at = 0; at <= bytes.length; at++) {
    for (const octet of [0x00, 0x01, 0x17, 0x18, 0x40, 0x60, 0x80, 0xa0, 0xf6, 0xff]) {
      const copy = new Uint8Array(bytes.length + 1);
      copy.set(bytes.subarray(0, at));
      copy[at] = octet;
      copy.set(bytes.subarray(at), at + 1);
      yield copy;
    }
  }
}

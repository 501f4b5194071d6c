// UTF-8 (RFC 3629), strict both ways: no surrogates, no overlong forms, nothing above U+10FFFF. XS and Node have
// different helpers for this and both replace what is wrong; here wrong is wrong.

/** @returns the octets that `text` takes. @throws RangeError on a lone surrogate */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit > 0xffff) length += 4; // XS on a device keeps UTF-8: one unit a character
    else if (unit < 0xd800 || unit > 0xdfff) length += 3;
    else {
      if (!isPair(unit, text.charCodeAt(i + 1))) throw new RangeError('lone surrogate in text');
      length += 4;
      i++;
    }
  }
  return length;
}

/** Writes `text` at `offset`; the room is the caller's business (`utf8Length`). @returns the offset behind it */
export function writeUtf8(text: string, out: Uint8Array, offset: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code < 0x80) {
      out[offset++] = code;
    } else if (code < 0x800) {
      out[offset++] = 0xc0 | (code >> 6);
      out[offset++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      out[offset++] = 0xe0 | (code >> 12);
      out[offset++] = 0x80 | ((code >> 6) & 0x3f);
      out[offset++] = 0x80 | (code & 0x3f);
    } else {
      out[offset++] = 0xf0 | (code >> 18);
      out[offset++] = 0x80 | ((code >> 12) & 0x3f);
      out[offset++] = 0x80 | ((code >> 6) & 0x3f);
      out[offset++] = 0x80 | (code & 0x3f);
      if (text.charCodeAt(i) !== code) i++; // two units, except in XS on a device
    }
  }
  return offset;
}

/** @returns the text in `bytes[start, end)`, or `undefined` if that is not well-formed UTF-8 (RFC 3629 §4) */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  let at = start;
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      at++;
      continue;
    }
    const length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > end) return undefined;
    let code = lead & (0x7f >> length);
    for (let i = 1; i < length; i++) {
      const next = bytes[at + i]!;
      if ((next & 0xc0) !== 0x80) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    const overlong = (length === 3 && code < 0x800) || (length === 4 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}

function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}

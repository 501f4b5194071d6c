// Reads CDDL (RFC 8610) as far as modules/wire/lorica.cddl uses it, comments and byte tables (";|") included. Throws with a
// line number on anything else. No npm package served: `cddl` 0.21 does not know `&( )`.
import type { Cddl, Entry, Group, Row, Rule, Section, Type } from './ast.ts';

interface Token {
  readonly text: string;
  readonly line: number;
}

const TOKEN = /\s+|;[^\n]*|=>|\/\/|\.\.|\.size\b|-?0x[0-9a-f]+|-?\d+|[a-zA-Z][\w-]*|[=:,/()[\]{}&?*+]/y;
const NUMBER = /^-?(0x[0-9a-f]+|\d+)$/;
const UNBOUNDED = Number.POSITIVE_INFINITY;

export function parse(source: string): Cddl {
  return new Parser(source).file();
}

class Parser {
  #tokens: Token[] = [];
  /** text behind ";" by line, of lines with code before it and of lines without */
  #trailing = new Map<number, string>();
  #standing = new Map<number, string>();
  #at = 0;

  constructor(source: string) {
    let line = 1;
    let lastCode = 0;
    TOKEN.lastIndex = 0;
    for (let at = 0; at < source.length; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const text = TOKEN.exec(source)?.[0];
      if (text === undefined) throw new SyntaxError(`line ${line}: cannot read ${JSON.stringify(source.slice(at, at + 20))}`);
      if (text.startsWith(';')) (lastCode === line ? this.#trailing : this.#standing).set(line, text.slice(1).trim());
      else if (text.trim() !== '') {
        this.#tokens.push({ text, line });
        lastCode = line;
      }
      line += text.split('\n').length - 1;
    }
  }

  file(): Cddl {
    const rules = new Map<string, Rule>();
    const firstLines = new Map<string, number>();
    while (this.#at < this.#tokens.length) {
      const line = this.#tokens[this.#at]!.line;
      const rule = this.#rule();
      if (rules.has(rule.name)) throw new SyntaxError(`line ${line}: ${rule.name} twice`);
      rules.set(rule.name, rule);
      firstLines.set(rule.name, line);
    }
    return { rules, sections: this.#sections(firstLines) };
  }

  /** A section begins with a line of dashes and a title behind it. */
  #sections(firstLines: ReadonlyMap<string, number>): Section[] {
    const starts = [...this.#standing].filter(([, text]) => /^-{20,}$/.test(text)).map(([line]) => line);
    return starts.map((start, i) => ({
      title: (this.#standing.get(start + 1) ?? '').split('. ').slice(0, 2).join('. '),
      rules: [...firstLines].filter(([, line]) => line > start && line < (starts[i + 1] ?? UNBOUNDED)).map(([name]) => name)
    }));
  }

  #rule(): Rule {
    const first = this.#take();
    const { comment, rows } = this.#above(first.line);
    this.#expect('=');
    if (this.#peek() === '(') {
      this.#take();
      const group = this.#group(')');
      return { name: first.text, group, comment, rows, remark: this.#behind() };
    }
    const type = this.#type();
    return { name: first.text, type, comment, rows, remark: this.#behind() };
  }

  #above(line: number): { comment: string; rows: Row[] } {
    const lines: string[] = [];
    for (let at = line - 1; this.#standing.has(at); at--) lines.unshift(this.#standing.get(at)!);
    const rows = lines
      .filter((text) => text.startsWith('|'))
      .map((text) => {
        const [offset, length, meaning] = text.slice(1).split(' | ').map((cell) => cell.trim());
        if (meaning === undefined) throw new SyntaxError(`line ${line}: odd row above`);
        return { offset: offset!, length: length!, meaning };
      });
    return { comment: lines.filter((text) => !text.startsWith('|')).join(' '), rows };
  }

  #type(): Type {
    const of = [this.#oneType()];
    while (this.#peek() === '/') {
      this.#take();
      of.push(this.#oneType());
    }
    return of.length === 1 ? of[0]! : { is: 'choice', of };
  }

  #oneType(): Type {
    const { text, line } = this.#take();
    if (NUMBER.test(text)) {
      if (this.#peek() !== '..') return { is: 'literal', value: Number(text) };
      this.#take();
      return { is: 'range', minimum: Number(text), maximum: this.#number() };
    }
    if (text === '{') return { is: 'map', group: this.#group('}') };
    if (text === '[') return { is: 'array', group: this.#group(']') };
    if (text === '&') {
      this.#expect('(');
      return { is: 'enumeration', group: this.#group(')') };
    }
    if (text === 'true' || text === 'false') return { is: 'literal', value: text === 'true' };
    if (text === 'null') return { is: 'literal', value: null };
    if (text === 'bstr' || text === 'tstr') return this.#sized(text === 'tstr');
    if (/^[a-zA-Z]/.test(text)) return { is: 'name', name: text };
    throw new SyntaxError(`line ${line}: unexpected ${text}`);
  }

  /** Every string has a size: nothing on the wire is unbounded. */
  #sized(text: boolean): Type {
    this.#expect('.size');
    if (this.#peek() !== '(') {
      const size = this.#number();
      return { is: 'string', text, minimum: size, maximum: size };
    }
    this.#take();
    const minimum = this.#number();
    this.#expect('..');
    const maximum = this.#number();
    this.#expect(')');
    return { is: 'string', text, minimum, maximum };
  }

  #group(end: string): Group {
    const choices: Entry[][] = [[]];
    while (this.#peek() !== end) {
      if (this.#peek() === '//') {
        this.#take();
        choices.push([]);
      } else {
        choices.at(-1)!.push(this.#entry());
      }
    }
    this.#take();
    return choices;
  }

  #entry(): Entry {
    const [minimum, maximum] = this.#occurrence();
    let name: string | undefined;
    let key: Type | undefined;
    if (this.#tokens[this.#at + 1]?.text === ':') {
      name = this.#take().text;
      this.#take();
    }
    let type = this.#type();
    if (this.#peek() === '=>') {
      this.#take();
      key = type;
      type = this.#type();
    }
    if (this.#peek() === ',') this.#take();
    // the comment of a choice stands behind its "//"
    const comment = this.#peek() === '//' ? (this.#trailing.get(this.#tokens[this.#at]!.line) ?? '') : this.#behind();
    return { minimum, maximum, type, comment, ...(name === undefined ? {} : { name }), ...(key === undefined ? {} : { key }) };
  }

  #occurrence(): [number, number] {
    const text = this.#peek();
    if (text === '?' || text === '+' || text === '*') {
      this.#take();
      return text === '?' ? [0, 1] : [text === '+' ? 1 : 0, UNBOUNDED];
    }
    if (this.#tokens[this.#at + 1]?.text !== '*') return [1, 1];
    const minimum = this.#number();
    this.#take();
    return [minimum, this.#number()];
  }

  /** The comment on the line of the last token, if that line ends there. */
  #behind(): string {
    const { line } = this.#tokens[this.#at - 1]!;
    return this.#tokens[this.#at]?.line === line ? '' : (this.#trailing.get(line) ?? '');
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]?.text;
  }

  #take(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new SyntaxError('unexpected end');
    return token;
  }

  #number(): number {
    const { text, line } = this.#take();
    if (!NUMBER.test(text)) throw new SyntaxError(`line ${line}: ${text} is no number`);
    return Number(text);
  }

  #expect(expected: string): void {
    const { text, line } = this.#take();
    if (text !== expected) throw new SyntaxError(`line ${line}: ${text} instead of ${expected}`);
  }
}

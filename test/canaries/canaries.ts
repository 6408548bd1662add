import { randomBytes } from "node:crypto";

/** So much of a secret in a row gives it away. */
const tellingLetters = 12;

/** Something that somebody gets to see. */
export interface Place {
  readonly where: string;
  readonly text: string;
  /** The names of the secrets that are meant to be here. */
  readonly meant?: readonly string[];
}

/** Secrets that are looked for in everything that anybody sees: whole, in parts, and in every form in which texts carry texts. */
export class Canaries {
  readonly #all = new Map<string, string | Buffer>();

  get count(): number {
    return this.#all.size;
  }

  get names(): readonly string[] {
    return [...this.#all.keys()];
  }

  /** A new secret, with letters that encodings change. */
  make(name: string): string {
    return this.add(name, `cny+${randomBytes(24).toString("base64url")}/=`);
  }

  add<Value extends string | Buffer>(name: string, value: Value): Value {
    if (this.#all.has(name)) throw new Error(`There is a canary ${name} already.`);
    if (value.length < tellingLetters + 4) throw new Error(`${name} is too short to be looked for.`);
    this.#all.set(name, value);
    return value;
  }

  /** All forms of a secret. @throws where there is none of that name */
  forms(name: string): ReadonlyMap<string, string> {
    const value = this.#all.get(name);
    if (value === undefined) throw new Error(`There is no canary ${name}.`);
    return formsOf(value);
  }

  /** Where any of them is seen, and in which form: the first of each place. */
  in(places: Iterable<Place>): string[] {
    const index = new Map<string, { readonly name: string; readonly form: string }>();
    const begins = new Beginnings();
    for (const [name, value] of this.#all) {
      for (const [form, text] of formsOf(value)) {
        if (form.endsWith(letterByLetter)) continue;
        for (let at = 0; at + tellingLetters <= text.length; at++) {
          const part = text.slice(at, at + tellingLetters);
          index.set(part, { name, form });
          begins.add(part);
        }
      }
    }
    // Every piece of every text is looked up once, whatever the number of secrets.
    const found: string[] = [];
    const firstIn = (text: string, meant: readonly string[]) => {
      for (let at = 0; at + tellingLetters <= text.length; at++) {
        if (!begins.has(text, at)) continue;
        const hit = index.get(text.slice(at, at + tellingLetters));
        if (hit && !meant.includes(hit.name)) return `${hit.name}, ${hit.form}: …${text.slice(Math.max(0, at - 60), at + 40)}…`;
      }
      return undefined;
    };
    for (const { where, text, meant = [] } of places) {
      const hit = firstIn(text, meant) ?? (hasEscapes.test(text) ? firstIn(unescaped(text), meant) : undefined);
      if (hit !== undefined) found.push(`${where}: ${hit}`);
    }
    return found;
  }
}

/** The first three letters of what is looked for: few texts have them, and those are looked at more closely. */
class Beginnings {
  readonly #bits = new Uint8Array(1 << 21);

  add(text: string): void {
    this.#bits[this.#place(text, 0)] = 1;
  }

  has(text: string, at: number): boolean {
    return this.#bits[this.#place(text, at)] === 1;
  }

  #place(text: string, at: number): number {
    return ((text.charCodeAt(at) & 127) << 14) | ((text.charCodeAt(at + 1) & 127) << 7) | (text.charCodeAt(at + 2) & 127);
  }
}

/** Letters written by their numbers, in a text within a text too: texts are looked at a second time with these read. */
const hasEscapes = /%[0-9a-f]{2}|\\+u00[0-9a-f]{2}|&#\d+;/i;
const letterByLetter = "every letter";

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})|\\+u00([0-9a-f]{2})|&#(\d{1,3});/gi, (_, percent, unicode, decimal) =>
    String.fromCharCode(decimal === undefined ? Number.parseInt(percent ?? unicode, 16) : Number(decimal)),
  );
}

/** What every canary begins with gives nothing away. */
const beginning = /^(cny\+|sk-sluice-(admin-)?|-----BEGIN [A-Z ]+-----\n)+/;

function formsOf(value: string | Buffer): ReadonlyMap<string, string> {
  const bytes = typeof value === "string" ? Buffer.from(value.replace(beginning, "")) : value;
  // Files are looked at byte by byte.
  const secret = bytes.toString("latin1");
  const escaped = JSON.stringify(secret).slice(1, -1);
  const forms = new Map([
    ["raw", secret],
    ["URL-encoded", encodeURIComponent(secret)],
    [`URL-encoded, ${letterByLetter}`, [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`).join("")],
    ["JSON-escaped", escaped],
    ["JSON-escaped, slashes too", escaped.replaceAll("/", "\\/")],
    [`JSON-escaped, ${letterByLetter}`, [...secret].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")],
    [`in HTML, ${letterByLetter}`, [...bytes].map((byte) => `&#${byte};`).join("")],
    ["hexadecimal", bytes.toString("hex")],
    ["hexadecimal in capitals", bytes.toString("hex").toUpperCase()],
    ["reversed", [...secret].reverse().join("")],
  ]);
  for (const skipped of [0, 1, 2]) {
    // In a longer text, Base64 cuts the secret at any of three places; the letters at its edges depend on what is beside it.
    const coded = bytes.subarray(skipped, skipped + Math.floor((bytes.length - skipped) / 3) * 3);
    forms.set(`Base64 from ${skipped}`, coded.toString("base64"));
    forms.set(`Base64 for URLs from ${skipped}`, coded.toString("base64url"));
  }
  return forms;
}

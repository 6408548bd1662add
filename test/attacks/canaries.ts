import { randomBytes } from "node:crypto";

/** So much of a secret in a row gives it away. */
const tellingLetters = 12;

/** Secrets that are looked for in everything that anybody sees: whole, in parts, URL-encoded, in Base64 at any place, in hexadecimal. */
export class Canaries {
  readonly #all: { readonly name: string; readonly value: string }[] = [];

  get count(): number {
    return this.#all.length;
  }

  /** A new secret, with letters that encodings change. */
  make(name: string): string {
    const value = `cny+${randomBytes(24).toString("base64url")}/=`;
    this.#all.push({ name, value });
    return value;
  }

  add(name: string, value: string): void {
    this.#all.push({ name, value });
  }

  /** Where any of them is seen, and in which form. */
  in(places: readonly { readonly where: string; readonly text: string }[]): string[] {
    const found: string[] = [];
    const index = new Map<string, string>();
    for (const { name, value } of this.#all) for (const [form, part] of partsOf(value)) index.set(part, `${name}, ${form}`);
    // Every piece of every text is looked up once, whatever the number of secrets.
    for (const { where, text } of places) {
      for (let at = 0; at + tellingLetters <= text.length; at++) {
        const hit = index.get(text.slice(at, at + tellingLetters));
        if (hit === undefined) continue;
        found.push(`${hit}: ${where}: …${text.slice(Math.max(0, at - 60), at + 40)}…`);
        break;
      }
    }
    return found;
  }
}

/** All pieces of the telling length of all forms of a secret. What every canary begins with gives nothing away. */
function* partsOf(value: string): Generator<readonly [string, string]> {
  const secret = value.replace(/^cny\+/, "").replace(/^sk-sluice-(admin-)?/, "");
  const bytes = Buffer.from(secret);
  const forms: (readonly [string, string])[] = [
    ["raw", secret],
    ["URL-encoded", encodeURIComponent(secret)],
    ["hexadecimal", bytes.toString("hex")],
    ...[0, 1, 2].flatMap((skipped) => {
      // In a longer text, Base64 cuts the secret at any of three places; the letters at its edges depend on what is beside it.
      const coded = bytes.subarray(skipped, skipped + Math.floor((bytes.length - skipped) / 3) * 3);
      return [["Base64", coded.toString("base64")] as const, ["Base64 for URLs", coded.toString("base64url")] as const];
    }),
  ];
  for (const [form, text] of forms) {
    for (let at = 0; at + tellingLetters <= text.length; at++) yield [form, text.slice(at, at + tellingLetters)];
  }
}

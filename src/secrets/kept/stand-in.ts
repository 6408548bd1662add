import { randomInt } from "node:crypto";
import { Secret } from "../secret.ts";
import type { BackendReading } from "../sources/backend.ts";

const kinds = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"] as const;

/**
 * What stands for a secret that was removed, so that the rest of a config can be served without it: of the same form, and opens nothing.
 * Random, for what is known to open nothing could be guessed where it is a key of the gateway's own.
 */
export function standInFor({ value }: BackendReading): BackendReading {
  if (value instanceof Secret) return { value: scrambled(value) };
  return { value: Object.fromEntries(Object.entries(value).map(([name, secret]) => [name, scrambled(secret)])) };
}

function scrambled(secret: Secret): Secret {
  const text = secret.reveal();
  return new Secret(objectIn(text) ?? scrambledText(text));
}

/** Whatever is larger is no port, and may be a secret. */
const mostPlain = 65_535;

/** Texts and large numbers of an object change, its names stay: references name them. */
function objectIn(text: string): string | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
      if (typeof value === "number" && Math.abs(value) > mostPlain) return otherNumber(value);
      return typeof value === "string" ? scrambledText(value) : value;
    });
  } catch {
    return undefined;
  }
}

/** With as many digits, as far as they are exact. */
function otherNumber(value: number): number {
  const digits = Math.min(14, Math.abs(value).toFixed(0).length);
  return Number(String(randomInt(1, 10)) + scrambledText("0".repeat(digits - 1)));
}

function scrambledText(text: string): string {
  const letters = [...text];
  // What is mostly signs would stay as it is.
  const isOfSigns = letters.filter((letter) => /[\p{L}\p{N}]/u.test(letter)).length < letters.length / 2;
  const other = letters.map((letter) => otherLetter(letter, isOfSigns)).join("");
  return other === text && text !== "" ? scrambledText(text) : other;
}

function otherLetter(letter: string, anySign: boolean): string {
  const kind = kinds.find((each) => each.includes(letter)) ?? (anySign || /[\p{L}\p{N}]/u.test(letter) ? kinds[0] : undefined);
  return kind === undefined ? letter : (kind[randomInt(kind.length)] as string);
}

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

/** Texts of an object change, its names stay: references name them. */
function objectIn(text: string): string | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) => (typeof value === "string" ? scrambledText(value) : value));
  } catch {
    return undefined;
  }
}

function scrambledText(text: string): string {
  return [...text]
    .map((letter) => {
      const kind = kinds.find((each) => each.includes(letter));
      return kind === undefined ? letter : (kind[randomInt(kind.length)] as string);
    })
    .join("");
}

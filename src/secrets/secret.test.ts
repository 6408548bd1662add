import { expect, test } from "bun:test";
import { format, inspect } from "node:util";
import { Secret } from "./secret.ts";

const value = "sk-canary-0123456789";
const secret = new Secret(value);

test("a secret gives its value only when asked for it", () => {
  expect(secret.reveal()).toBe(value);
});

test("a secret is never printed, whatever prints it", () => {
  const printed = [
    String(secret),
    `${secret}`,
    `${secret as unknown as string}!`,
    JSON.stringify({ secret, list: [secret] }),
    inspect(secret, { depth: 9, showHidden: true }),
    inspect({ nested: { secret } }, { depth: 9 }),
    format("%s %o %j", secret, secret, secret),
    Bun.inspect(secret),
    Bun.inspect({ nested: [secret] }),
    Object.entries(secret).join(),
    JSON.stringify({ ...secret }),
    JSON.stringify(structuredClone({ ...secret })),
    new Error(`failed with ${secret}`).message,
    inspect(new Error("failed", { cause: secret })),
    Bun.inspect(new Error("failed", { cause: secret })),
  ];
  for (const text of printed) expect(text).not.toContain("canary");
});

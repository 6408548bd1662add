import { expect, test } from "bun:test";
import { Secret } from "../secret.ts";
import type { BackendReading } from "../sources/backend.ts";
import { KeptSource } from "./kept-source.ts";
import { standInFor } from "./stand-in.ts";

const textOf = ({ value }: BackendReading) => (value instanceof Secret ? value.reveal() : JSON.stringify(value));

test.each(["sk-live-0123456789abcdef", "пароль-из-слов", "密碼很長很長很長", "#$%&!?*+~^", "••••••••", "ÄÖÜßéèê"])(
  "what stands in the place of a secret that was removed is another text: %s",
  (secret) => {
    const first = textOf(standInFor({ value: new Secret(secret) }));
    expect(first).not.toBe(secret);
    const kept = [...secret].filter((letter, at) => [...first][at] === letter && /[\p{L}\p{N}]/u.test(letter)).length;
    expect(kept).toBeLessThan([...secret].length / 2);
    expect(textOf(standInFor({ value: new Secret(secret) }))).not.toBe(first);
  },
);

test("numbers of an object that may be secrets change, and ports do not", () => {
  const json = JSON.stringify({ pin: 73_519_264, host: "db.example", port: 5432, on: true });
  const standIn = JSON.parse(textOf(standInFor({ value: new Secret(json) })));
  expect([standIn.pin === 73_519_264, String(standIn.pin).length, standIn.port, standIn.on]).toEqual([false, 8, 5432, true]);
});

test("what was under way when a store was signed off is not taken any more: it was lent to a log-in that has ended", async () => {
  let answer: ((reading: BackendReading) => void) | undefined;
  const lent = (text: string): BackendReading => ({
    value: new Secret(text),
    expiresAt: Date.now() + 60_000,
    renew: async () => Date.now() + 60_000,
  });
  let first = true;
  const source = new KeptSource({
    ...{ name: "store", refreshMs: 60_000, now: Date.now, random: () => 0, changed: () => undefined, warn: () => undefined },
    backend: {
      read: () => {
        if (first) return Promise.resolve(lent("first-lent-secret"));
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    },
  });
  expect((await source.read("path")).value.reveal()).toBe("first-lent-secret");
  first = false;
  const looking = source.refresh();
  while (answer === undefined) await Bun.sleep(1);
  source.signOff("the credential that it is asked with was removed");
  answer(lent("second-lent-secret"));
  await looking;
  const { value } = await source.read("path");
  expect(["first-lent-secret", "second-lent-secret"]).not.toContain(value.reveal());
  expect(source.states()[0]).toMatchObject({ status: "missing", problem: "the credential that it is asked with was removed" });
  await source.close();
});

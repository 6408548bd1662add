import { expect, test } from "bun:test";
import type { Piece } from "./events.ts";
import { Fault } from "./fault.ts";
import { Pieces } from "./pieces.ts";

test("a source that cannot be left does not hide the failure that cut it off, nor fail for itself", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    const piece: Piece = { raw: undefined, events: [], visible: true, last: false };
    const source: AsyncIterable<Piece> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: piece }),
        return: () => Promise.reject(new Error("the connection is gone already")),
      }),
    };
    const pieces = Pieces.of(source).tap({ piece: () => new Fault("policy_denied") });
    expect((await pieces.next()).value).toBe(piece);
    await Bun.sleep(5);
    await expect(pieces.next()).rejects.toMatchObject({ code: "policy_denied" });
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", note);
  }
});

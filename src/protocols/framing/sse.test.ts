import { describe, expect, test } from "bun:test";
import { FrameCutter, sseEvents } from "./sse.ts";

const encoder = new TextEncoder();

/** Cuts `bytes` before each of `places`. */
function cut(bytes: Uint8Array, places: readonly number[]): { runs: Uint8Array[]; rest: Uint8Array } {
  const cutter = new FrameCutter();
  const runs: Uint8Array[] = [];
  let from = 0;
  for (const place of [...places, bytes.length]) {
    const run = cutter.push(bytes.slice(from, place));
    if (run.length > 0) runs.push(run);
    from = place;
  }
  return { runs, rest: cutter.last() };
}

describe("a cutter of frames", () => {
  for (const [name, ending] of [
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ] as const) {
    const text = `${["event: a", "data: 1", "", ": c", "", "data: 2", "data: 3", "", "", "data: [DONE]", "", ""].join(ending)}`;
    const bytes = encoder.encode(text);
    const wanted = sseEvents(bytes).map(({ event, data }) => ({ event, data }));

    test(`loses no byte and no event of lines that end in ${name}, wherever two cuts fall`, () => {
      for (let first = 0; first <= bytes.length; first += 1) {
        for (let second = first; second <= bytes.length; second += 1) {
          const { runs, rest } = cut(bytes, [first, second]);
          expect(Buffer.concat(runs).toString()).toBe(text);
          expect(rest.length).toBe(0);
          expect(runs.flatMap((run) => sseEvents(run)).map(({ event, data }) => ({ event, data }))).toEqual(wanted);
        }
      }
    });

    test(`loses none of lines that end in ${name} byte by byte`, () => {
      const { runs, rest } = cut(bytes, [...bytes.keys()]);
      expect(Buffer.concat(runs).toString()).toBe(text);
      expect(rest.length).toBe(0);
    });
  }

  test("keeps what no blank line has ended", () => {
    const { runs, rest } = cut(encoder.encode("data: 1\n\ndata: 2\n"), [4, 12]);
    expect(Buffer.concat(runs).toString()).toBe("data: 1\n\n");
    expect(Buffer.from(rest).toString()).toBe("data: 2\n\n\n");
  });

  test("makes no frame of blank lines that come by themselves", () => {
    const { runs, rest } = cut(encoder.encode("data: 1\n\n\n\r"), [9, 10]);
    expect(Buffer.concat([...runs, rest]).toString()).toBe("data: 1\n\n\n\r");
  });

  test("hands on whole chunks as they are", () => {
    const bytes = encoder.encode("data: 1\n\n");
    expect(new FrameCutter().push(bytes)).toBe(bytes);
  });
});

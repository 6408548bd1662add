import { describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import { Fault } from "../../exchange/index.ts";
import { eventStreamMessage, eventStreamMessages, headerText, MessageCutter } from "./aws-event-stream.ts";

const words = (text: string) => new TextEncoder().encode(text);
const said = (text: string) => eventStreamMessage({ ":event-type": "said", ":message-type": "event" }, words(text));

/** A message around any bytes of headers, with any lengths that its head may claim. */
function message(headers: Uint8Array, payload = words(""), claimed?: { total?: number; headers?: number }): Uint8Array {
  const total = 16 + headers.length + payload.length;
  const out = Buffer.alloc(total);
  out.writeUInt32BE(claimed?.total ?? total, 0);
  out.writeUInt32BE(claimed?.headers ?? headers.length, 4);
  out.writeUInt32BE(crc32(out.subarray(0, 8)), 8);
  Buffer.concat([headers, payload]).copy(out, 12);
  out.writeUInt32BE(crc32(out.subarray(0, total - 4)), total - 4);
  return out;
}

function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const out = bytes.slice();
  out[place] = (out[place] as number) ^ 1;
  return out;
}

interface Cut {
  readonly joined: string;
  readonly failure: string | undefined;
}

/** Pushes slices that end before each of `places`, and closes. */
function cut(bytes: Uint8Array, places: readonly number[]): Cut {
  const cutter = new MessageCutter();
  const runs: Uint8Array[] = [];
  const joined = () => Buffer.concat(runs).toString("hex");
  try {
    let from = 0;
    for (const place of [...places, bytes.length]) {
      runs.push(cutter.push(bytes.slice(from, place)));
      from = place;
    }
    cutter.last();
    return { joined: joined(), failure: undefined };
  } catch (error) {
    return { joined: joined(), failure: Fault.from(error).code };
  }
}

describe("a cutter of messages", () => {
  const three = Buffer.concat([said("one"), said(""), said("three, and longer than the others")]);

  test("loses no byte and joins no two messages, wherever two cuts fall", () => {
    const whole = { joined: three.toString("hex"), failure: undefined };
    for (let first = 0; first <= three.length; first += 1) {
      for (let second = first; second <= three.length; second += 1) expect(cut(three, [first, second])).toEqual(whole);
    }
    expect(cut(three, [...three.keys()])).toEqual(whole);
  });

  test("gives each message as soon as it is whole, and chunks of whole messages as they are", () => {
    const cutter = new MessageCutter();
    const one = said("one");
    expect(cutter.push(one)).toBe(one);
    expect(cutter.push(one.subarray(0, 5)).length).toBe(0);
    expect(cutter.push(Buffer.concat([one.subarray(5), one, one.subarray(0, 20)])).length).toBe(2 * one.length);
    expect(cutter.push(one.subarray(20))).toEqual(one);
  });

  test("refuses a wrong checksum behind the messages before it, wherever the cuts fall", () => {
    const before = said("before");
    const good = said("good");
    for (const place of [0, 5, 10, 20, good.length - 6, good.length - 1]) {
      const bytes = Buffer.concat([before, flipped(good, place), good]);
      const wanted = { joined: Buffer.from(before).toString("hex"), failure: "upstream_malformed" };
      expect(cut(bytes, [])).toEqual(wanted);
      expect(cut(bytes, [...bytes.keys()])).toEqual(wanted);
      for (let at = 0; at <= bytes.length; at += 7) expect(cut(bytes, [at])).toEqual(wanted);
    }
  });

  test("refuses lengths that no message has before it holds a byte for them", () => {
    const claims = [
      { total: 0xffffffff },
      { total: 17 * 1024 * 1024 },
      { total: 15 },
      { headers: 0xffffffff },
      { headers: 1 },
      { total: 0 },
    ];
    for (const claimed of claims) expect(cut(message(words(""), words(""), claimed), []).failure).toBe("upstream_malformed");
  });

  test("holds a long message in small pieces in time that grows with its length", () => {
    const long = eventStreamMessage({ ":event-type": "said" }, new Uint8Array(2 * 1024 * 1024));
    const cutter = new MessageCutter();
    let length = 0;
    for (let at = 0; at < long.length; at += 100) length += cutter.push(long.subarray(at, at + 100)).length;
    expect(length).toBe(long.length);
  });
});

describe("a message", () => {
  test("reads as it was written", () => {
    const bytes = eventStreamMessage({ ":event-type": "größer", ":message-type": "event" }, words('{"a":"ü"}'));
    const [read] = eventStreamMessages(bytes);
    expect([...(read?.headers ?? [])]).toEqual([
      [":event-type", { type: "string", value: "größer" }],
      [":message-type", { type: "string", value: "event" }],
    ]);
    expect(new TextDecoder().decode(read?.payload)).toBe('{"a":"ü"}');
    expect([read?.start, read?.end]).toEqual([0, bytes.length]);
  });

  test("may have headers of every type", () => {
    const uuid = "0123456789abcdef".repeat(2);
    // Length of the name, the name, the type, the value.
    const fields = [
      ...["016100", "016201", "016302ff", "016403fffe", "016504fffffffd", "016605fffffffffffffffc"],
      ...["01670600026162", "01680700026162", "0169080000000000000005", `016a09${uuid}`],
    ];
    const [read] = eventStreamMessages(message(Buffer.from(fields.join(""), "hex")));
    expect([...(read?.headers.values() ?? [])].map(({ type, value }) => [type, value instanceof Uint8Array ? [...value] : value])).toEqual([
      ["boolean", true],
      ["boolean", false],
      ["byte", -1],
      ["short", -2],
      ["integer", -3],
      ["long", -4n],
      ["bytes", [0x61, 0x62]],
      ["string", "ab"],
      ["timestamp", 5n],
      ["uuid", uuid],
    ]);
    expect(read && headerText(read, "h")).toBe("ab");
    expect(read && headerText(read, "g")).toBeUndefined();
  });

  test("with headers that are cut off, doubled, nameless, of no known type or not UTF-8 is refused", () => {
    for (const hex of [
      "0461",
      "0161",
      "01610a",
      "0161070005",
      "016104ffff",
      "01610001610",
      "00",
      "0161070001ff",
      "01ff00",
      "016100016101",
    ]) {
      const bytes = message(Buffer.from(hex, "hex"));
      expect(() => eventStreamMessages(bytes), hex).toThrow(Fault);
    }
    const good = said("x");
    expect(() => eventStreamMessages(good.subarray(0, good.length - 1))).toThrow(Fault);
    expect(() => eventStreamMessages(flipped(good, 14))).toThrow(Fault);
  });
});

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskSpool } from "./disk-spool.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-spool-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function bytesOf(spooled: { stream(): AsyncIterable<Uint8Array> }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of spooled.stream()) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

function isUpload(path: string): boolean {
  try {
    return readlinkSync(path).startsWith(join(folder, "inner", "upload-"));
  } catch {
    return false;
  }
}

function letters(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => at % 251));
}

describe("a spool", () => {
  test.each([0, 1, 4_096, 9_999, 10_000, 10_001, 300_000])("gives back %i bytes as often as it is asked", async (size) => {
    const spool = new DiskSpool({ folder, memoryBytes: 10_000 });
    const wanted = letters(size);
    for (const step of [1_000, 7_777, 1_000_000]) {
      const spooled = spool.begin();
      for (let at = 0; at < size; at += step) await spooled.append(wanted.subarray(at, at + step));
      expect(spooled.size).toBe(size);
      expect(Buffer.from(spooled.head).equals(wanted.subarray(0, 4_096))).toBe(true);
      expect(await bytesOf(spooled)).toEqual(wanted);
      const two = await Promise.all([bytesOf(spooled), bytesOf(spooled)]);
      for (const each of two) expect(each).toEqual(wanted);
      await spooled.close();
    }
  });

  test("leaves no name behind while a file is open, and lets nobody else in", async () => {
    const spool = new DiskSpool({ folder: join(folder, "inner"), memoryBytes: 10 });
    const spooled = spool.begin();
    await spooled.append(letters(100));
    expect(readdirSync(join(folder, "inner"))).toEqual([]);
    if (existsSync("/proc/self/fd")) {
      const mine = readdirSync("/proc/self/fd")
        .map((fd) => `/proc/self/fd/${fd}`)
        .filter(isUpload);
      expect(mine.map((path) => statSync(path).mode & 0o777)).toEqual([0o600]);
    }
    await spooled.close();
    expect(bytesOf(spooled)).rejects.toThrow("let go");
  });

  test("is full at its bound, and has room again when a file is let go", async () => {
    const spool = new DiskSpool({ folder, memoryBytes: 1_000, mostBytes: 1_500 });
    const one = spool.begin();
    await one.append(letters(1_200));
    const two = spool.begin();
    expect(() => two.append(letters(400))).toThrow(expect.objectContaining({ code: "gateway_overloaded" }));
    await one.close();
    await two.append(letters(400));
    expect(await bytesOf(two)).toEqual(letters(400));
  });

  test("clears away what a killed process left, but nothing young and nothing of others", async () => {
    const inner = join(folder, "left");
    const first = new DiskSpool({ folder: inner, memoryBytes: 1 }).begin();
    await first.append(letters(10));
    await first.close();
    for (const name of ["upload-1-1-1", "upload-2-2-2", "other"]) writeFileSync(join(inner, name), "x");
    utimesSync(join(inner, "upload-1-1-1"), 1, 1);
    utimesSync(join(inner, "other"), 1, 1);
    const next = new DiskSpool({ folder: inner, memoryBytes: 1 }).begin();
    await next.append(letters(10));
    await next.close();
    expect(readdirSync(inner).toSorted()).toEqual(["other", "upload-2-2-2"]);
  });
});

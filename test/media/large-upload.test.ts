import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { join } from "node:path";
import { clientKey, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { startMediaUpstream } from "./media-upstream.ts";

// A process of its own, so that its memory is its own too.
const upstream = await startMediaUpstream();
const gateway = await startGateway({
  config: { providers: { openai: { baseUrl: upstream.url, apiKey: "sk-upstream", retries: 0 } }, limits: { maxUploadBytes: 300_000_000 } },
});
afterAll(async () => {
  await gateway.stop();
  upstream.close();
  removeFolder(gateway.folder);
});

const megabyte = 1024 * 1024;
const head = Buffer.from(
  '--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nopenai/whisper-1\r\n--B\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n',
);
const tail = Buffer.from("\r\n--B--\r\n");

function openUpload(length: number): ClientRequest {
  return request({
    port: gateway.port,
    method: "POST",
    path: "/v1/audio/transcriptions",
    headers: { authorization: `Bearer ${clientKey}`, "content-type": "multipart/form-data; boundary=B", "content-length": length },
  });
}

function write(upload: ClientRequest, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => (upload.write(bytes) ? resolve() : upload.once("drain", resolve)));
}

async function upload(megabytes: number, chunk: (at: number) => Buffer): Promise<{ status: number; text: string }> {
  const sending = openUpload(head.length + megabytes * megabyte + tail.length);
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    sending.on("error", reject);
    sending.on("response", async (response) => {
      let text = "";
      for await (const piece of response) text += String(piece);
      resolve({ status: response.statusCode ?? 0, text });
    });
  });
  await write(sending, head);
  for (let at = 0; at < megabytes; at++) await write(sending, chunk(at));
  sending.end(tail);
  return answered;
}

/** Files without a name that the gateway holds open in its spool. */
function openUploads(): number {
  const folder = join(gateway.folder, "data", "uploads");
  return readdirSync(`/proc/${gateway.pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${gateway.pid}/fd/${fd}`).startsWith(`${folder}/`);
    } catch {
      return false;
    }
  }).length;
}

async function until(holds: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < 300; waited++) {
    if (holds()) return true;
    await Bun.sleep(10);
  }
  return false;
}

const readable = existsSync("/proc/self/fd");

describe("an upload of 200 MB", () => {
  test.skipIf(!readable)(
    "goes through a disk and no memory, and arrives byte for byte",
    async () => {
      upstream.scripts.set("/audio/transcriptions", { chunks: ['{"text":"Long."}'] });
      // Once small, so that what is loaded at first use is loaded.
      expect((await upload(2, () => Buffer.alloc(megabyte))).status).toBe(200);
      const chunks = [0, 1, 2, 3].map((seed) => Buffer.from(Array.from({ length: megabyte }, (_, at) => (at * 31 + seed) % 256)));
      const before = gateway.residentBytes();
      let most = 0;
      const watching = setInterval(() => (most = Math.max(most, gateway.residentBytes())), 5);
      const answer = await upload(200, (at) => chunks[at % 4] as Buffer);
      clearInterval(watching);
      expect(answer).toEqual({ status: 200, text: '{"text":"Long."}' });
      const { length, headers } = upstream.asked.at(-1)!;
      expect(length).toBe(Number(headers["content-length"]));
      expect(length).toBeGreaterThan(200 * megabyte);
      const boundary = /boundary=(.+)$/.exec(headers["content-type"] ?? "")?.[1];
      const hash = createHash("sha256");
      hash.update(
        `--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n`,
      );
      for (let at = 0; at < 200; at++) hash.update(chunks[at % 4] as Buffer);
      hash.update(`\r\n--${boundary}--\r\n`);
      expect(upstream.asked.at(-1)!.sha256).toBe(hash.digest("hex"));
      console.log(`200 MB: ${((most - before) / megabyte).toFixed(1)} MB more than before`);
      expect(most - before).toBeLessThan(64 * megabyte);
      expect(await until(() => openUploads() === 0)).toBe(true);
    },
    60_000,
  );
});

describe("a client that leaves", () => {
  test.skipIf(!readable)("in the middle of its upload leaves no file behind, and the upstream hears nothing", async () => {
    const before = upstream.asked.length;
    const sending = openUpload(head.length + 50 * megabyte + tail.length);
    sending.on("error", () => undefined);
    await write(sending, head);
    for (let at = 0; at < 10; at++) await write(sending, Buffer.alloc(megabyte, 1));
    expect(await until(() => openUploads() === 1)).toBe(true);
    expect(readdirSync(join(gateway.folder, "data", "uploads"))).toEqual([]);
    sending.destroy();
    expect(await until(() => openUploads() === 0)).toBe(true);
    expect(upstream.asked.length).toBe(before);
  });

  test.skipIf(!readable)("while the upstream takes the upload ends that too", async () => {
    // Reads nothing for a minute: what the sockets hold is far less than the file.
    upstream.scripts.set("/audio/transcriptions", { stallMs: 60_000 });
    const left = upstream.left.length;
    const sending = openUpload(head.length + 60 * megabyte + tail.length);
    sending.on("error", () => undefined);
    await write(sending, head);
    for (let at = 0; at < 60; at++) await write(sending, Buffer.alloc(megabyte, 1));
    sending.end(tail);
    await Bun.sleep(300);
    expect(openUploads()).toBe(1);
    sending.destroy();
    expect(await until(() => openUploads() === 0 && upstream.left.length === left + 1)).toBe(true);
  });
});

test("an upstream that refuses before the upload is over is heard", async () => {
  const refusal = '{"error":{"message":"Maximum content size limit exceeded.","type":"server_error"}}';
  upstream.scripts.set("/audio/transcriptions", { status: 413, chunks: [refusal], early: true });
  const { status, text } = await upload(30, () => Buffer.alloc(megabyte, 1));
  expect([status, text]).toEqual([413, refusal]);
});

test("beyond the limit is refused before it has come, by its announcement or where it passes it", async () => {
  const announced = openUpload(400_000_000);
  const status = new Promise((resolve) => announced.on("response", (response) => resolve(response.statusCode)));
  announced.on("error", () => undefined);
  announced.write(head);
  expect(await status).toBe(413);
  announced.destroy();
});

test("what was uploaded stands in the journal as what it was", async () => {
  await gateway.stop();
  const { records } = await readLedger(gateway.folder);
  const outcomes = [...records.values()].map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === "success").length).toBe(2);
  expect(outcomes.filter((outcome) => outcome === "cancelled").length).toBe(2);
});

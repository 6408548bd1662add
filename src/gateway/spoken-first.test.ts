import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../config/index.ts";
import type { SurfaceId } from "../exchange/index.ts";
import { Limiter } from "../policies/index.ts";
import { type Codec, Codecs } from "../protocols/index.ts";
import { openTransport } from "../providers/index.ts";
import { openCatalog } from "../routing/index.ts";
import { DiskSpool, MemoryCounters } from "../storage/index.ts";
import { Gateway } from "./gateway.ts";

/** As on a machine that has no descriptor left to open the dialect's files with. */
class Unreadable extends Codecs {
  broken = true;

  override load(surface: SurfaceId): Promise<Codec> {
    return this.broken ? Promise.reject(new Error("EMFILE: too many open files")) : super.load(surface);
  }
}

test("the first to speak a dialect whose files cannot be read is told so, and the next is answered once they can", async () => {
  const codecs = new Unreadable();
  const logged: [string, Readonly<Record<string, unknown>>][] = [];
  const transport = await openTransport();
  const gateway = new Gateway({
    config: defaultConfig({}),
    codecs,
    catalog: await openCatalog(),
    transport,
    limiter: new Limiter({ store: new MemoryCounters(), holder: "test", now: Date.now }),
    ledger: { append: () => undefined },
    identify: () => ({ kind: "key", keyId: "key_test", keyName: "test", scopes: [] }),
    log: (level, _message, fields) => logged.push([level, fields]),
    spool: new DiskSpool({ folder: join(tmpdir(), "sluice-uploads") }),
  });
  const post = (path: string) => gateway.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", body: '{"model":"demo/echo"}' }));
  const refused = await post("/v1/messages");
  expect(refused.status).toBe(500);
  expect(await refused.json()).toMatchObject({ error: { type: "server_error", code: "gateway_failed" } });
  const requestId = refused.headers.get("x-sluice-request-id");
  expect(logged).toEqual([["error", { requestId, fault: "gateway_failed", cause: expect.stringContaining("EMFILE") }]]);
  expect((await post("/v1/unknown")).status).toBe(404);
  codecs.broken = false;
  expect((await post("/v1/messages")).status).toBe(400);
  await transport.close();
});

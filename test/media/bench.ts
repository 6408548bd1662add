import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import type { SettledRecord } from "../../src/storage/index.ts";
import { type MediaUpstream, startMediaUpstream } from "./media-upstream.ts";

export const callerKey = "sk-sluice-media-suites-4b8d2f6h0j1k3m5n";
export const upstreamKey = "sk-upstream-secret-of-the-media-suites";

/** A gateway in front of one scripted upstream. */
export interface MediaBench {
  readonly upstream: MediaUpstream;
  readonly gateway: OpenedGateway;
  ask(
    path: string,
    init: { readonly body: BodyInit; readonly headers?: Record<string, string>; readonly signal?: AbortSignal },
  ): Promise<Response>;
  /** What was settled for an answer. */
  record(answer: Response): Promise<SettledRecord>;
  close(): Promise<void>;
}

/** @param types the kinds of provider that the upstream stands for, each under its own name */
export async function openMediaBench(types: readonly string[], more: Readonly<Record<string, unknown>> = {}): Promise<MediaBench> {
  const upstream = await startMediaUpstream();
  const { providers, ...rest } = more;
  const gateway = await openGateway({
    config: {
      providers: {
        ...Object.fromEntries(types.map((type) => [type, { baseUrl: upstream.url, apiKey: upstreamKey, retries: 1 }])),
        ...(providers as object),
      },
      keys: [{ name: "media", value: callerKey }],
      ...rest,
    },
  });
  return {
    upstream,
    gateway,
    ask: (path, { body, headers, signal }) =>
      gateway.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${callerKey}`,
            ...(typeof body === "string" && { "content-type": "application/json" }),
            ...headers,
          },
          body,
          ...(signal && { signal }),
        }),
      ),
    async record(answer) {
      await gateway.storage.drain();
      const id = answer.headers.get("x-sluice-request-id");
      const found = (await gateway.storage.records.recent(1_000)).find((record) => record.id === id);
      if (!found) throw new Error(`No record of ${id}.`);
      return found;
    },
    async close() {
      await gateway.close();
      upstream.close();
    },
  };
}

/** A second of silence and more, 8,000 samples a second, 16 bits. */
export function wav(seconds: number): Uint8Array<ArrayBuffer> {
  const data = seconds * 16_000;
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(data, 40);
  return Uint8Array.from(Buffer.concat([head, Buffer.alloc(data)]));
}

export function formWith(
  fields: Readonly<Record<string, string | readonly string[]>>,
  files: Readonly<Record<string, File>> = {},
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const each of [value].flat()) form.append(name, each);
  for (const [name, file] of Object.entries(files)) form.append(name, file);
  return form;
}

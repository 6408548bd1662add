import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Config } from "../../config/index.ts";
import { Leaving } from "../../exchange/index.ts";
import { AwsSigning, openCredential, sourceTools, type Transport } from "../../providers/index.ts";
import type { BodySeals } from "../../secrets/index.ts";
import {
  BodyNotKept,
  type BodyStore,
  FolderBodies,
  ForwardedBodies,
  type S3Answer,
  S3Bodies,
  type S3Request,
} from "../../storage/index.ts";
import { BodyArchive } from "../bodies/body-archive.ts";

export interface OpenBodiesOptions {
  readonly config: Config["stores"]["bodies"];
  readonly folder: string;
  readonly seals: BodySeals;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly transport: Transport;
  readonly warn: (message: string) => void;
}

const deadlines = { connectMs: 3_000, firstEventMs: 15_000, idleMs: 15_000, totalMs: 60_000 };
/** Two bodies of the most that is kept of one, and what stands before them. */
const longestBytes = 192 * 1024 * 1024;
const nothing = new Uint8Array(0);

/** The archive of bodies. Nothing is written, and nobody asked, before a config says that bodies are kept. */
export function openBodies(options: OpenBodiesOptions): BodyArchive {
  const { seals, warn } = options;
  return new BodyArchive({ seals, store: storeOf(options), warn, now: Date.now });
}

function storeOf({ config, folder, env, transport, warn }: OpenBodiesOptions): BodyStore {
  if (config.kind === "disk") return new FolderBodies(join(folder, "bodies"));
  return new ForwardedBodies({
    waiting: new FolderBodies(join(folder, "bodies", "waiting")),
    to: openS3Bodies(config, env, transport),
    mostBytes: config.waitingBytes,
    warn,
  });
}

/** The bucket alone. Nobody is asked yet. */
export function openS3Bodies(
  config: Extract<OpenBodiesOptions["config"], { kind: "s3" }>,
  env: OpenBodiesOptions["env"],
  transport: Transport,
): BodyStore {
  const { bucket, pathStyle, prefix, keys } = config;
  const region = config.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1");
  const zone = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const endpoint = new URL(config.endpoint ?? `https://s3.${region}.${zone}`);
  if (!pathStyle) endpoint.hostname = `${bucket}.${endpoint.hostname}`;
  // Whoever names a server by its address means it, wherever that leads.
  const privateAllowed = config.endpoint !== undefined;
  const place = { service: "s3", region, host: "" };
  const tools = sourceTools(env, transport, { name: "the store of bodies" });
  const credential = keys
    ? new AwsSigning({ accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey.reveal() }, place)
    : openCredential({ by: "aws" }, config.credential ?? { from: "default" }, place, tools);

  const ask = async ({ method, path, body = nothing }: S3Request): Promise<S3Answer> => {
    const url = new URL(path, endpoint);
    const headers = {
      "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
      ...(method === "PUT" && { "content-type": "application/octet-stream" }),
    };
    const signed = await credential.authorize({ method, url, headers, body }, Date.now());
    const sent = method === "PUT" ? body : undefined;
    const name = "the store of bodies";
    const answer = await transport.send(
      { method, name, url, headers: { ...headers, ...signed }, body: sent, deadlines, privateAllowed },
      new Leaving(),
    );
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longestBytes) throw new BodyNotKept("S3's answer is too long");
    }
    return { status: answer.status, body: Buffer.concat(chunks) };
  };
  return new S3Bodies({ ask, base: pathStyle ? `/${bucket}/${prefix}` : `/${prefix}` });
}

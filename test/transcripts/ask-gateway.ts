import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, defaultConfig } from "../../src/config/index.ts";
import { Gateway } from "../../src/gateway/index.ts";
import { Limiter } from "../../src/policies/index.ts";
import { openTransport, type Provider, providers } from "../../src/providers/index.ts";
import { openCatalog } from "../../src/routing/index.ts";
import { Secret } from "../../src/secrets/index.ts";
import { DiskSpool, MemoryCounters, type SettledRecord } from "../../src/storage/index.ts";
import { type ConversationDialect, conversationDialects, type Dialect, type Json } from "./exchange.ts";
import { type FormPart, formOf } from "./files/form-parts.ts";

/** A running gateway; this file is the only one that knows how it is opened and asked. */
export interface OpenedGateway {
  /** @param files with these a form is sent, the body's members as its fields */
  ask(path: string, body: Json, headers: Readonly<Record<string, string>>, files?: readonly FormPart[]): Promise<Response>;
  /** What was settled for a request, in order. */
  records(requestId: string): readonly SettledRecord[] | Promise<readonly SettledRecord[]>;
  close(): Promise<void>;
}

const optional: readonly Dialect[] = ["openai-chat", "openai-responses", "anthropic-messages", "openai-embeddings", "openai-completions"];

/** Every provider of the registry at `baseUrl` with all of its surfaces, and for each dialect one that speaks nothing else. */
export async function openTestGateway(baseUrl: string): Promise<OpenedGateway> {
  const known = [...providers.values()].filter((provider) => provider.answer === undefined);
  const settled = new Map<string, SettledRecord[]>();
  const transport = await openTransport();
  const gateway = new Gateway({
    config: {
      ...defaultConfig({}),
      providers: [
        ...known.map((provider) => at(baseUrl, provider.id, provider)),
        ...conversationDialects.map((dialect) => single(baseUrl, dialect)),
        single(baseUrl, "anthropic-messages", onlyWrapped, "bedrock"),
      ],
    },
    catalog: await openCatalog(),
    transport,
    limiter: new Limiter({ store: new MemoryCounters(), holder: "test", now: Date.now }),
    ledger: {
      append(record) {
        settled.set(record.id, [...(settled.get(record.id) ?? []), record]);
        return undefined;
      },
    },
    identify: () => ({ kind: "key", keyId: "key_bench", keyName: "bench", scopes: [] }),
    log: () => undefined,
    spool: new DiskSpool({ folder: join(tmpdir(), "sluice-uploads") }),
  });
  return {
    ask: (path, body, headers, files) =>
      gateway.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method: "POST",
          headers: { ...(files === undefined && { "content-type": "application/json" }), ...headers },
          body: files === undefined ? JSON.stringify(body) : formOf(body, files),
        }),
      ),
    records: (requestId) => settled.get(requestId) ?? [],
    close: () => transport.close(),
  };
}

const speakers: Readonly<Record<ConversationDialect, string>> = {
  "openai-chat": "openai",
  "openai-responses": "openai",
  "anthropic-messages": "anthropic",
  "gemini-generate": "gemini",
  "gemini-interactions": "gemini",
  "bedrock-converse": "bedrock",
  "cohere-chat": "cohere",
  "ollama-chat": "ollama",
};

/** The name of the provider that speaks this dialect and no other. */
export function onlyProvider(dialect: ConversationDialect): string {
  return `only-${dialect}`;
}

/** One that speaks Messages in the frames of Bedrock's InvokeModel, and nothing else. */
export const onlyWrapped = "only-wrapped-messages";

function single(
  baseUrl: string,
  dialect: ConversationDialect,
  name = onlyProvider(dialect),
  speaker = speakers[dialect],
): Config["providers"][number] {
  const { optionalSurfaces: _optional, ...base } = providers.get(speaker)!;
  return at(baseUrl, name, { ...base, surfaces: { [dialect]: base.surfaces[dialect] ?? "" } });
}

function at(baseUrl: string, name: string, provider: Provider): Config["providers"][number] {
  return {
    name,
    provider,
    baseUrl,
    apiKey: new Secret("upstream-key-of-the-bench"),
    region: undefined,
    surfaces: optional.filter((dialect) => provider.optionalSurfaces?.[dialect] !== undefined),
    headers: {},
    timeouts: {},
    retries: 0,
    privateAllowed: undefined,
    models: undefined,
  };
}

import { type Provider, providers, type Transport } from "../../providers/index.ts";
import type { Config, ProviderConfig } from "../config.ts";
import { plainProvider } from "./default-providers.ts";

const probeMs = 150;
const maxAnswerBytes = 1024 * 1024;

/** Asks the runtimes that may run on this machine (Ollama, vLLM, LM Studio, …) for their models, all at once, in at most 150 ms. */
export async function findLocalRuntimes(transport: Transport): Promise<readonly ProviderConfig[]> {
  const found = await Promise.all(localRuntimes().map((provider) => probe(provider, transport)));
  return found.filter((provider) => provider !== undefined);
}

/** One for each address: several runtimes have the same port by default, and what listens there is asked, and listed, once. */
function localRuntimes(): readonly Provider[] {
  const byAddress = new Map<string, Provider>();
  for (const provider of providers.values()) {
    const { baseUrl, local } = provider;
    if (local === true && baseUrl !== undefined && !byAddress.has(baseUrl)) byAddress.set(baseUrl, provider);
  }
  return [...byAddress.values()];
}

/** The config with the providers that it does not have yet. */
export function withProviders(config: Config, found: readonly ProviderConfig[]): Config {
  const names = new Set(config.providers.map((provider) => provider.name));
  return { ...config, providers: [...config.providers, ...found.filter((provider) => !names.has(provider.name))] };
}

/** Other programs use the same ports: only a list of models counts as an answer. */
async function probe(provider: Provider, transport: Transport): Promise<ProviderConfig | undefined> {
  const signal = AbortSignal.timeout(probeMs);
  try {
    const url = new URL(`${provider.baseUrl}${provider.surfaces["openai-models"] ?? "/models"}`);
    const deadlines = { connectMs: probeMs, firstEventMs: probeMs, idleMs: probeMs, totalMs: probeMs };
    const answer = await transport.send({ method: "GET", url, headers: {}, body: undefined, deadlines, privateAllowed: true }, signal);
    if (answer.status !== 200) return undefined;
    const models = modelNames(JSON.parse(await text(answer.body)));
    return models === undefined ? undefined : { ...plainProvider(provider, {}), models };
  } catch {
    return undefined; // Nothing that we know answers there, which is the ordinary case.
  }
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let read = "";
  for await (const chunk of body) {
    read += decoder.decode(chunk, { stream: true });
    if (read.length > maxAnswerBytes) break;
  }
  return read;
}

function modelNames(json: unknown): readonly string[] | undefined {
  const data: unknown = typeof json === "object" && json !== null && "data" in json ? json.data : undefined;
  if (!Array.isArray(data)) return undefined;
  return data.flatMap((model: unknown) =>
    typeof model === "object" && model !== null && "id" in model && typeof model.id === "string" ? [model.id] : [],
  );
}

import { lookup } from "node:dns/promises";
import type { Config, ProviderConfig } from "../../../config/index.ts";
import { Explanation, Fault } from "../../../exchange/index.ts";
import { upstreamOf } from "../../../gateway/index.ts";
import { openTransport, type Transport, type Upstream } from "../../../providers/index.ts";
import type { Invocation, Run } from "../command-line/command.ts";
import { configOf, configPathOf, jsonLine } from "../places.ts";
import { examineObjects } from "./examine-objects.ts";
import { examineSecrets } from "./examine-secrets.ts";
import { examineStores } from "./examine-stores.ts";
import type { Finding } from "./finding.ts";

const deadlineMs = 5000;
const deadlines = { connectMs: deadlineMs, firstEventMs: deadlineMs, idleMs: deadlineMs, totalMs: 2 * deadlineMs };

/** `sluice doctor`: 0 when everything answers. */
export const doctor: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const written = await configOf(invocation);
  const transport = await openTransport();
  let findings: readonly Finding[];
  try {
    const { secrets, config } = await examineSecrets(invocation, transport);
    const reached = Promise.all(
      (config ?? withoutReferences(written)).providers.flatMap(oneForEachKey).map((each) => examineProvider(each, transport)),
    );
    const stores = await examineStores(invocation, (config ?? written).stores, transport);
    const misfits = await examineObjects(invocation);
    findings = [configFinding(written, invocation), ...stores, ...misfits, ...secrets, ...(await reached)];
  } finally {
    await transport.close();
  }
  const bad = findings.filter((finding) => !finding.ok).length;
  if (flags.is("json")) terminal.write(jsonLine({ ok: bad === 0, findings }));
  else
    terminal.write(`${findings.map(shown).join("\n")}\n\n${bad === 0 ? "All is well." : `${bad} of ${findings.length} need mending.`}\n`);
  return bad === 0 ? 0 : 1;
};

function shown({ what, ok, said, mend }: Finding): string {
  return `${ok ? "✓" : "✗"} ${what}: ${said}${mend === undefined ? "" : `\n    → ${mend}`}`;
}

function configFinding(config: Config, invocation: Invocation): Finding {
  const path = configPathOf(invocation);
  const real = config.providers.filter((provider) => provider.provider.answer === undefined).length;
  const said = `${path ?? "none"}; ${real} ${real === 1 ? "provider" : "providers"} beside the demo`;
  return { what: "config", ok: true, said };
}

/** Keys that could not be read cannot be tried. */
function withoutReferences(config: Config): Config {
  return {
    ...config,
    providers: config.providers.filter(({ apiKeyReference, apiKeys }) => apiKeyReference === undefined && apiKeys === undefined),
  };
}

/** A provider that has several keys is asked with each. */
function oneForEachKey(config: ProviderConfig): readonly ProviderConfig[] {
  if (config.apiKeys === undefined) return [config];
  return config.apiKeys.map(({ apiKey, hint }) => ({ ...config, name: `${config.name}, key ${hint}`, apiKey }));
}

/** Name, connection and TLS, then the list of models with the provider's own credential: it costs nothing. */
export async function examineProvider(config: ProviderConfig, transport: Transport): Promise<Finding> {
  const what = `provider ${config.name}`;
  if (config.provider.answer !== undefined) return { what, ok: true, said: "built in, needs no network" };
  const upstream = upstreamOf({ ...config, timeouts: {} }, { transport }, deadlines);
  const url = modelsUrl(upstream);
  if (url === undefined) return { what, ok: false, said: "it has no surface to ask", mend: "Set its `baseUrl`." };
  const unnamed = await nameProblem(url.hostname);
  if (unnamed !== undefined) return { what, ok: false, ...unnamed };
  try {
    const unsigned = { method: "GET", url, headers: upstream.headers("openai-models"), body: new Uint8Array(0) } as const;
    const request = {
      ...unsigned,
      headers: await upstream.authorized(unsigned, Date.now()),
      body: undefined,
      deadlines,
      privateAllowed: upstream.privateAllowed,
    } as const;
    const answer = await transport.send(request, AbortSignal.timeout(2 * deadlineMs));
    for await (const _ of answer.body) break;
    return { what, ...statusFinding(answer.status, config, url) };
  } catch (error) {
    const fault = Fault.from(error);
    if (fault.cause instanceof Explanation) return { what, ok: false, said: "there is no credential", mend: fault.cause.message };
    return { what, ok: false, said: fault.message, mend: mendOf(fault, config, url) };
  }
}

/** Providers without a list of models still have their conversations' address: any answer from there shows that it is reached. */
function modelsUrl(upstream: Upstream): URL | undefined {
  const surface = upstream.surfaces.includes("openai-models") ? "openai-models" : upstream.surfaces[0];
  return surface && upstream.url(surface, "none");
}

async function nameProblem(hostname: string): Promise<{ said: string; mend: string } | undefined> {
  if (/^([\d.]+|\[.*\])$/.test(hostname)) return undefined;
  try {
    await lookup(hostname);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return {
      said: `the name ${hostname} does not resolve (${code})`,
      mend: "Check the spelling of `baseUrl`, the name server of this machine, and whether a proxy is needed (HTTPS_PROXY).",
    };
  }
}

function statusFinding(status: number, config: ProviderConfig, url: URL): Omit<Finding, "what"> {
  const where = `${url.origin}${url.pathname}`;
  if (status === 401 || status === 403) {
    const variables = config.provider.env.apiKey?.join(" or ");
    const place = variables === undefined ? "`apiKey` in the config" : `\`apiKey\` in the config, or ${variables}`;
    return {
      ok: false,
      said: `${where} refused the credential (${status})`,
      mend: `Set a valid key: ${place}. Keys are made at the provider; see ${config.provider.docs}.`,
    };
  }
  if (status === 404) {
    const listless = config.provider.surfaces["openai-models"] === undefined;
    if (listless) return { ok: true, said: "reached" };
    return {
      ok: false,
      said: `${where} is not there (404)`,
      mend: "Check the path of `baseUrl`: for most OpenAI-compatible servers it ends in /v1.",
    };
  }
  if (status === 429)
    return {
      ok: false,
      said: `${where} is rate limited (429)`,
      mend: "Wait, or ask the provider for more; a fallback target helps meanwhile.",
    };
  if (status >= 500)
    return {
      ok: false,
      said: `${where} answered ${status}`,
      mend: "The provider has trouble of its own; see its status page. A fallback target helps meanwhile.",
    };
  return { ok: true, said: `reached, ${status < 300 ? "credential accepted" : `status ${status}`}` };
}

function mendOf(fault: Fault, config: ProviderConfig, url: URL): string {
  if (config.provider.local === true) return `Start ${config.provider.title} on this machine, or take the provider out of the config.`;
  switch (fault.code) {
    case "upstream_forbidden_address":
      return "If this private address is meant, set `allowPrivateNetwork: true` on the provider.";
    case "upstream_timeout":
      return `Check that this machine may open ${url.protocol === "https:" ? "HTTPS" : "HTTP"} connections to ${url.host}: a firewall, or a proxy that is needed.`;
    case "upstream_unreachable":
      return /TLS|certificate/i.test(fault.message)
        ? "Check the certificate: a proxy that opens TLS needs its authority in NODE_EXTRA_CA_CERTS."
        : `Check that something listens at ${url.host}, and the port in \`baseUrl\`.`;
    default:
      return "Check `baseUrl`: what answers there is not this provider's API.";
  }
}

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { Leaving, type SurfaceId } from "../../src/exchange/index.ts";
import { codecs } from "../../src/protocols/every-codec.ts";
import { openTransport, type Provider, providers, type Transport, Upstream, type UpstreamAnswer } from "../../src/providers/index.ts";
import { Secret } from "../../src/secrets/index.ts";
import { type Scenario, scenariosOf } from "./scenarios.ts";
import { keptHeaders, leaks, scrubbed } from "./scrub.ts";

const usage = `npm run record -- PROVIDER --model MODEL [--surface SURFACE]… [--out FOLDER] [--base-url URL]

Asks a provider with your own key, and keeps what it answers as fixtures of the repository, without your secrets.
Each surface of the provider is asked a handful of short questions. The key is read from the provider's variable.`;

export interface Recording {
  readonly provider: Provider;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly surfaces: readonly SurfaceId[];
  /** Folder of the fixtures; a folder for each surface is in it. */
  readonly out: string;
  say(line: string): void;
}

const deadlines = { connectMs: 10_000, firstEventMs: 120_000, idleMs: 120_000, totalMs: 300_000 };
const encoder = new TextEncoder();

/** @returns the files written @throws Fault `upstream_*`, Error where a secret would be written */
export async function record(recording: Recording): Promise<readonly string[]> {
  const { provider, model, surfaces } = recording;
  const upstream = new Upstream({
    name: provider.id,
    provider,
    deadlines,
    ...(recording.apiKey !== undefined && { apiKey: new Secret(recording.apiKey) }),
    ...(recording.baseUrl !== undefined && { baseUrl: recording.baseUrl }),
    surfaces,
  });
  const transport = await openTransport();
  const written: string[] = [];
  try {
    for (const surface of surfaces) {
      const traits = { provider: provider.id, model, ...provider.traits?.(model) };
      const scenarios = scenariosOf(surface, traits);
      if (scenarios.length === 0) recording.say(`not asked: ${surface}, for which no questions are written`);
      for (const scenario of scenarios) written.push(await keep(recording, upstream, transport, surface, scenario));
    }
  } finally {
    await transport.close();
  }
  return written;
}

async function keep(
  recording: Recording,
  upstream: Upstream,
  transport: Transport,
  surface: SurfaceId,
  scenario: Scenario,
): Promise<string> {
  const { provider, say } = recording;
  const { verbs } = codecs[surface];
  const url = upstream.url(surface, scenario.model, scenario.stream ? verbs?.stream : verbs?.whole);
  if (!url) throw new Error(`${provider.id} has no surface ${surface}.`);
  const body = provider.adjustBody?.({ ...scenario.body }, surface, scenario.model) ?? scenario.body;
  const bytes = encoder.encode(JSON.stringify(body));
  const headers = await upstream.authorized({ method: "POST", url, headers: upstream.headers(surface), body: bytes }, Date.now());
  const answer = await transport.send(
    { method: "POST", url, headers, body: bytes, deadlines, privateAllowed: upstream.privateAllowed, stream: scenario.stream },
    new Leaving(),
  );
  const fixture = await fixtureOf(recording, surface, scenario, url, body, answer);
  const secrets = secretsOf(recording);
  const text = `${scrubbed(JSON.stringify(fixture, undefined, 2), secrets)}\n`;
  if (leaks(text, secrets)) throw new Error(`The answer to "${scenario.name}" still holds a secret; nothing was written.`);
  const file = join(recording.out, surface, `${provider.id}-${scenario.name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  say(`${answer.status}  ${file}`);
  return file;
}

async function fixtureOf(
  recording: Recording,
  surface: SurfaceId,
  scenario: Scenario,
  url: URL,
  request: unknown,
  answer: UpstreamAnswer,
): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const names = ["content-type", "retry-after", "x-amzn-errortype"];
  const headers = keptHeaders(names.flatMap((name) => (answer.header(name) === undefined ? [] : [[name, answer.header(name) as string]])));
  return {
    docs: recording.provider.docs,
    provider: recording.provider.id,
    // Whose deployment it was is nobody's business.
    url: recording.baseUrl === undefined ? url.href : `https://deployment.example${url.pathname}${url.search}`,
    request,
    status: answer.status,
    headers,
    ...(scenario.stream && answer.status < 400 ? streamOf(surface, bytes) : { answer: jsonOf(bytes) }),
  };
}

/** The stream as it came: text that people can read, or bytes in base64. */
function streamOf(surface: SurfaceId, bytes: Buffer): Record<string, unknown> {
  return codecs[surface].framing === "aws-event-stream" ? { frames: bytes.toString("base64") } : { stream: bytes.toString("utf8") };
}

function jsonOf(bytes: Buffer): unknown {
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function secretsOf({ apiKey, baseUrl }: Recording): readonly string[] {
  const accounts = baseUrl === undefined ? [] : [new URL(/^https?:/.test(baseUrl) ? baseUrl : `https://${baseUrl}`).host, baseUrl];
  return [...(apiKey?.split(":") ?? []), ...(apiKey === undefined ? [] : [apiKey]), ...accounts];
}

function argumentsOf(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      model: { type: "string" },
      surface: { type: "string", multiple: true },
      out: { type: "string", default: "test/fixtures" },
      "base-url": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
}

async function main(): Promise<void> {
  const { positionals, values } = argumentsOf(process.argv.slice(2));
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const [id] = positionals;
  const provider = id === undefined ? undefined : providers.get(id);
  if (!provider) return fail(id === undefined ? usage : `No provider "${id}". There are: ${[...providers.keys()].join(", ")}.`);
  if (values.model === undefined) return fail(`Say which model is asked: --model NAME.\n\n${usage}`);
  const variables = provider.env.apiKey ?? [];
  const apiKey = variables.map((name) => process.env[name]).find((value) => value !== undefined && value !== "");
  if (apiKey === undefined && provider.credential !== "none" && !provider.local)
    return fail(`${provider.title} wants a key: set ${variables.join(" or ")}.`);
  const offered = Object.keys({ ...provider.surfaces, ...provider.optionalSurfaces }) as SurfaceId[];
  const wrong = values.surface?.find((name) => !offered.includes(name as SurfaceId));
  if (wrong !== undefined) return fail(`${provider.title} has no surface ${wrong}. It has: ${offered.join(", ")}.`);
  const surfaces = (values.surface as SurfaceId[] | undefined) ?? (Object.keys(provider.surfaces) as SurfaceId[]);
  const baseUrl = values["base-url"] ?? provider.env.baseUrl?.map((name) => process.env[name]).find((value) => value !== undefined);
  const files = await record({
    provider,
    model: values.model,
    apiKey,
    baseUrl,
    surfaces,
    out: values.out,
    say: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${files.length} fixtures. Read them before you commit them; \`npm test -- test/transcripts\` replays them.\n`);
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

if (import.meta.main) await main().catch((error: unknown) => fail(`${error instanceof Error ? error.message : error}\n\n${usage}`));

import { join } from "node:path";
import { openGateway } from "../../src/gateway/index.ts";
import { same } from "./bench.ts";
import type { Check } from "./run.ts";

interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly betas: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

type Call = (...parameters: readonly unknown[]) => Promise<unknown>;
/** As much of the two SDKs as is asked here; they are no packages of the project's, so their types are not at hand. */
interface Claude {
  readonly messages: { readonly create: Call; readonly countTokens: Call };
  readonly beta: { readonly messages: { readonly create: Call } };
}
interface Gemini {
  readonly models: { readonly generateContent: Call; readonly generateContentStream: Call; readonly countTokens: Call };
}

const callerKey = "sk-sluice-7Qm2xV9tR4bN8cK1wZ5pL3hD6fG0jS";
const place = { project: "p-1", region: "europe-west4" };
const claude = "claude-sonnet-4-5@20250929";
const gemini = "gemini-2.5-flash";
const tools = [{ name: "look", description: "Looks.", input_schema: { type: "object", properties: { at: { type: "string" } } } }];
const ask = { max_tokens: 100, system: "Be brief.", messages: [{ role: "user", content: "Hi" }], tools };
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];

/**
 * What the SDKs of Anthropic and Google send to Vertex, the gateway sends there for callers of the plain dialects.
 *
 * @param sdks where they are installed
 */
export function vertexChecks(sdks: string): Check[] {
  /** One arrival from the SDK, one from the gateway, in this order. */
  const both = async (
    fromSdk: (claude: Claude, gemini: Gemini) => Promise<unknown>,
    path: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<readonly [Arrival, Arrival]> => {
    const arrivals: Arrival[] = [];
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => taken(request, arrivals) });
    const base = `http://127.0.0.1:${server.port}`;
    const providers = { vertex: { baseUrl: `${base}/v1`, ...place, apiKey: "ya29.token" } };
    const opened = await openGateway({ config: { keys: [{ name: "caller", value: callerKey }], providers } });
    try {
      // What they make of the answers is not the question here.
      await fromSdk(...(await clients(sdks, base))).catch(() => undefined);
      const init = { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${callerKey}`, ...headers } };
      await (await opened.fetch(new Request(`http://127.0.0.1${path}`, { ...init, body: JSON.stringify(body) }))).text();
    } finally {
      await opened.close();
      await server.stop(true);
    }
    if (arrivals.length !== 2) throw new Error(`${arrivals.length} requests arrived instead of two`);
    return arrivals as unknown as readonly [Arrival, Arrival];
  };
  const compare = ([theirs, ours]: readonly [Arrival, Arrival]): void => {
    const [wanted, got] = [theirs, ours].map(({ body: { anthropic_version: _version, ...body }, ...rest }) => ({ ...rest, body }));
    same(got, wanted);
    // The SDK asks for its own version of the API; the gateway for the one that refuses nothing which others allow.
    same(ours.body.anthropic_version, theirs.body.anthropic_version === undefined ? undefined : "vertex-2023-10-16");
  };
  const messages = (more: object) => ({ ...ask, ...more, model: `vertex/${claude}` });
  const generate = (verb: string) => `/v1beta/models/vertex%2F${gemini}:${verb}`;

  return [
    [
      "Claude on Vertex is asked as Anthropic's SDK for it asks",
      async () => compare(await both((sdk) => sdk.messages.create({ ...ask, model: claude }), "/v1/messages", messages({}))),
    ],
    [
      "Claude's streams on Vertex are asked for as Anthropic's SDK asks",
      async () =>
        compare(
          await both((sdk) => sdk.messages.create({ ...ask, model: claude, stream: true }), "/v1/messages", messages({ stream: true })),
        ),
    ],
    [
      "betas go to Vertex as Anthropic's SDK sends them",
      async () =>
        compare(
          await both(
            (sdk) => sdk.beta.messages.create({ ...ask, model: claude, betas: ["one-2026", "two-2026"] }),
            "/v1/messages?beta=true",
            messages({}),
            { "anthropic-beta": "one-2026,two-2026" },
          ),
        ),
    ],
    [
      "Claude's tokens are counted on Vertex as Anthropic's SDK counts them",
      async () => {
        const counted = { messages: ask.messages, tools };
        const path = "/v1/messages/count_tokens";
        compare(
          await both((sdk) => sdk.messages.countTokens({ ...counted, model: claude }), path, { ...counted, model: `vertex/${claude}` }),
        );
      },
    ],
    [
      "Gemini on Vertex is asked as Google's SDK asks",
      async () => {
        const config = { temperature: 0.5, maxOutputTokens: 50 };
        const body = { contents, generationConfig: config };
        compare(await both((_, sdk) => sdk.models.generateContent({ model: gemini, contents, config }), generate("generateContent"), body));
      },
    ],
    [
      "Gemini's streams on Vertex are asked for as Google's SDK asks",
      async () => {
        const asked = (_: Claude, sdk: Gemini) => sdk.models.generateContentStream({ model: gemini, contents });
        compare(await both(asked, `${generate("streamGenerateContent")}?alt=sse`, { contents }));
      },
    ],
    [
      "Gemini's tokens are counted on Vertex as Google's SDK counts them",
      async () =>
        compare(await both((_, sdk) => sdk.models.countTokens({ model: gemini, contents }), generate("countTokens"), { contents })),
    ],
  ];
}

async function clients(sdks: string, base: string): Promise<[Claude, Gemini]> {
  const load = (name: string) => import(Bun.resolveSync(name, join(sdks, "package.json")));
  const { AnthropicVertex } = await load("@anthropic-ai/vertex-sdk");
  const { GoogleGenAI } = await load("@google/genai");
  const authClient = { getRequestHeaders: async () => new Headers({ authorization: "Bearer ya29.token" }), projectId: place.project };
  const shared = { baseURL: `${base}/v1`, authClient, maxRetries: 0 };
  const httpOptions = { baseUrl: base, apiVersion: "v1" };
  return [
    new AnthropicVertex({ region: place.region, projectId: place.project, ...shared }) as Claude,
    new GoogleGenAI({
      vertexai: true,
      project: place.project,
      location: place.region,
      httpOptions,
      googleAuthOptions: { authClient },
    }) as Gemini,
  ];
}

async function taken(request: Request, arrivals: Arrival[]): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = (await request.json()) as Arrival["body"];
  const header = (name: string) => request.headers.get(name) ?? undefined;
  arrivals.push({
    method: request.method,
    path: pathname,
    query: search,
    authorization: header("authorization"),
    betas: header("anthropic-beta"),
    body,
  });
  return Response.json({ error: { code: 400, message: "No.", status: "INVALID_ARGUMENT" } }, { status: 400 });
}

import type { ExchangeKind, SurfaceId } from "../exchange/index.ts";

/** Whose thing an endpoint gives back; the isolation matrix is made from it. `none`: nothing that is kept. */
export type OwnerClass = "none" | "key";

/** Stages that apply to an endpoint. What the row does not name, the line refuses to serve. */
export type RuleSet = "model-rules" | "none";

/**
 * One endpoint and everything about it. Authorization, ownership and policies hang on the matched row, never on a path
 * string.
 */
export interface RouteRow {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** `{name}` stands for the rest of the path, or for what is before its own rest; `{model}` names the exchange's model. */
  readonly path: string;
  /** The dialect's bodies name the model, which the path does too: the path's is meant, and the body need not have one. */
  readonly modelInBody?: true;
  /** The path itself tells whether the answer streams. Absent where the body tells. */
  readonly stream?: boolean;
  /** Streams are server-sent events where this stands in the query, else one JSON array that grows. Absent: always events. */
  readonly sseQuery?: string;
  /** How the caller speaks, for answers and errors alike. */
  readonly protocol: SurfaceId;
  readonly kind: ExchangeKind | "operator";
  readonly role: "caller" | "anyone";
  readonly owner: OwnerClass;
  readonly policies: RuleSet;
}

const model = { kind: "model", role: "caller", owner: "none", policies: "model-rules" } as const;
const listing = { kind: "operator", role: "caller", owner: "none", policies: "none" } as const;
const probe = { kind: "operator", role: "anyone", owner: "none", policies: "none", protocol: "openai-models" } as const;

/** `mark` tells the rows apart in their names. */
function geminiRows(folder: string, mark: string): RouteRow[] {
  const path = `${folder}/{model}`;
  return [
    {
      name: `gemini${mark}.generate`,
      method: "POST",
      path: `${path}:generateContent`,
      stream: false,
      protocol: "gemini-generate",
      ...model,
    },
    {
      name: `gemini${mark}.stream`,
      method: "POST",
      path: `${path}:streamGenerateContent`,
      sseQuery: "alt=sse",
      stream: true,
      protocol: "gemini-generate",
      ...model,
    },
    { name: `gemini${mark}.count_tokens`, method: "POST", path: `${path}:countTokens`, protocol: "gemini-count-tokens", ...model },
    { name: `gemini${mark}.embed`, method: "POST", path: `${path}:embedContent`, protocol: "gemini-embed", ...model },
    { name: `gemini${mark}.embed_batch`, method: "POST", path: `${path}:batchEmbedContents`, protocol: "gemini-batch-embed", ...model },
  ];
}

/** As OpenAI's SDKs ask. */
const openaiRows: readonly RouteRow[] = [
  { name: "chat.completions", method: "POST", path: "/v1/chat/completions", protocol: "openai-chat", ...model },
  { name: "completions", method: "POST", path: "/v1/completions", protocol: "openai-completions", ...model },
  { name: "responses", method: "POST", path: "/v1/responses", protocol: "openai-responses", ...model },
  { name: "responses.compact", method: "POST", path: "/v1/responses/compact", protocol: "openai-compact", ...model },
  { name: "responses.input_tokens", method: "POST", path: "/v1/responses/input_tokens", protocol: "openai-input-tokens", ...model },
  { name: "embeddings", method: "POST", path: "/v1/embeddings", protocol: "openai-embeddings", ...model },
  { name: "audio.transcriptions", method: "POST", path: "/v1/audio/transcriptions", protocol: "openai-transcriptions", ...model },
  { name: "audio.translations", method: "POST", path: "/v1/audio/translations", protocol: "openai-translations", ...model },
  { name: "images.generations", method: "POST", path: "/v1/images/generations", protocol: "openai-images", ...model },
  { name: "images.edits", method: "POST", path: "/v1/images/edits", protocol: "openai-image-edits", ...model },
  { name: "images.variations", method: "POST", path: "/v1/images/variations", protocol: "openai-image-variations", ...model },
  { name: "audio.speech", method: "POST", path: "/v1/audio/speech", protocol: "openai-speech", ...model },
];

const listings: readonly RouteRow[] = [
  { name: "models.list", method: "GET", path: "/v1/models", protocol: "openai-models", ...listing },
  { name: "models.get", method: "GET", path: "/v1/models/{model}", protocol: "openai-models", ...listing },
];

/** What Azure's clients ask by the name of a deployment, which is the model's. */
const deployed = /^\/v1\/((chat\/)?completions|embeddings|audio\/\w+|images\/(generations|edits))$/;
/** What they ask without one: the body names the model. */
const undeployed = /^\/v1\/(responses|models)\b/;

/** As clients of Azure OpenAI ask, with an endpoint that is the gateway: `/openai/deployments/{model}/…` or, since its v1, `/openai/v1/…`. */
function azureRows(rows: readonly RouteRow[]): RouteRow[] {
  return rows.flatMap((row) => {
    const behind = row.path.slice("/v1/".length);
    const v1 = { ...row, name: `azure.v1.${row.name}`, path: `/openai/v1/${behind}` };
    if (deployed.test(row.path))
      return [{ ...row, name: `azure.${row.name}`, path: `/openai/deployments/{model}/${behind}`, modelInBody: true }, v1];
    if (undeployed.test(row.path)) return [{ ...row, name: `azure.${row.name}`, path: `/openai/${behind}` }, v1];
    return [v1];
  });
}

export const routeTable: readonly RouteRow[] = [
  ...openaiRows,
  { name: "messages", method: "POST", path: "/v1/messages", protocol: "anthropic-messages", ...model },
  { name: "messages.count_tokens", method: "POST", path: "/v1/messages/count_tokens", protocol: "anthropic-count-tokens", ...model },
  ...azureRows([...openaiRows, ...listings]),
  // Google's SDKs differ in which version of the API they take by themselves.
  ...geminiRows("/v1beta/models", ""),
  ...geminiRows("/v1/models", ".v1"),
  // The `ai` toolkit writes a name that has a slash, as `provider/model` does, without `models/` before it.
  ...geminiRows("/v1beta", ".bare"),
  { name: "gemini.interactions", method: "POST", path: "/v1beta/interactions", protocol: "gemini-interactions", ...model },
  { name: "gemini.v1.interactions", method: "POST", path: "/v1/interactions", protocol: "gemini-interactions", ...model },
  { name: "bedrock.converse", method: "POST", path: "/model/{model}/converse", stream: false, protocol: "bedrock-converse", ...model },
  { name: "bedrock.stream", method: "POST", path: "/model/{model}/converse-stream", stream: true, protocol: "bedrock-converse", ...model },
  { name: "bedrock.count_tokens", method: "POST", path: "/model/{model}/count-tokens", protocol: "bedrock-count-tokens", ...model },
  { name: "cohere.embed", method: "POST", path: "/v2/embed", protocol: "cohere-embed", ...model },
  { name: "bedrock.invoke", method: "POST", path: "/model/{model}/invoke", stream: false, protocol: "bedrock-invoke", ...model },
  {
    name: "bedrock.invoke_stream",
    method: "POST",
    path: "/model/{model}/invoke-with-response-stream",
    stream: true,
    protocol: "bedrock-invoke",
    ...model,
  },
  { name: "cohere.chat", method: "POST", path: "/v2/chat", protocol: "cohere-chat", ...model },
  { name: "cohere.rerank", method: "POST", path: "/v2/rerank", protocol: "cohere-rerank", ...model },
  { name: "rerank", method: "POST", path: "/v1/rerank", protocol: "jina-rerank", ...model },
  { name: "moderations", method: "POST", path: "/v1/moderations", protocol: "openai-moderations", ...model },
  { name: "ollama.embed", method: "POST", path: "/api/embed", protocol: "ollama-embed", ...model },
  { name: "ollama.chat", method: "POST", path: "/api/chat", protocol: "ollama-chat", ...model },
  { name: "ollama.generate", method: "POST", path: "/api/generate", protocol: "ollama-generate", ...model },
  // Mistral's clients find these by their base URL, or by what they say of themselves.
  { name: "mistral.chat", method: "POST", path: "/mistral/v1/chat/completions", protocol: "mistral-chat", ...model },
  { name: "mistral.embeddings", method: "POST", path: "/mistral/v1/embeddings", protocol: "mistral-embed", ...model },
  { name: "mistral.models", method: "GET", path: "/mistral/v1/models", protocol: "mistral-chat", ...listing },
  { name: "gemini.models", method: "GET", path: "/v1beta/models", protocol: "gemini-generate", ...listing },
  { name: "ollama.tags", method: "GET", path: "/api/tags", protocol: "ollama-chat", ...listing },
  ...listings,
  { name: "oauth.token", method: "POST", path: "/oauth/token", ...probe },
  { name: "oauth.keys", method: "GET", path: "/.well-known/jwks.json", ...probe },
  { name: "oauth.metadata", method: "GET", path: "/.well-known/oauth-authorization-server", ...probe },
  { name: "healthz", method: "GET", path: "/healthz", ...probe },
  { name: "readyz", method: "GET", path: "/readyz", ...probe },
  { name: "metrics", method: "GET", path: "/metrics", ...probe },
  { name: "home", method: "GET", path: "/", ...probe },
];

export interface RouteMatch {
  readonly row: RouteRow;
  /** What stands for `{name}`, decoded once. */
  readonly rest: string;
}

interface OpenRow {
  readonly method: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly row: RouteRow;
}

const mistralAgent = /\bmistral-client\b/i;

/** Finds the row of a request by exact method and path; paths are not normalised, so nothing can be confused with anything. */
export class RouteFinder {
  readonly #exact = new Map<string, RouteMatch>();
  readonly #open: OpenRow[] = [];

  constructor(table: readonly RouteRow[]) {
    for (const row of table) {
      const [prefix = "", suffix] = row.path.split(/\{\w+\}/);
      if (suffix === undefined) this.#exact.set(`${row.method} ${row.path}`, { row, rest: "" });
      else this.#open.push({ method: row.method, prefix, suffix, row });
    }
  }

  /** @param agent the caller's `user-agent`: Mistral's SDKs ask where OpenAI's do, for other forms of answers */
  match(method: string, path: string, agent = ""): RouteMatch | undefined {
    const home = mistralAgent.test(agent) ? this.#exact.get(`${method} /mistral${path}`) : undefined;
    const exact = home ?? this.#exact.get(`${method} ${path}`);
    if (exact) return exact;
    for (const { method: wanted, prefix, suffix, row } of this.#open) {
      if (method !== wanted || !path.startsWith(prefix) || !path.endsWith(suffix)) continue;
      const rest = path.slice(prefix.length, path.length - suffix.length);
      if (path.length <= prefix.length + suffix.length) continue;
      try {
        return { row, rest: decodeURIComponent(rest) };
      } catch {
        return undefined;
      }
    }
    return undefined;
  }

  /** The row of a base URL with one folder too many, so that the refusal is in words that the caller's SDK can read. */
  meant(method: string, path: string, agent = ""): RouteRow | undefined {
    const behind = path.indexOf("/", 1);
    return behind < 0 ? undefined : this.match(method, path.slice(behind), agent)?.row;
  }

  /** The methods that a path takes, for the error's help. */
  methodsOf(path: string): string[] {
    return ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) => this.match(method, path) !== undefined);
  }
}

import { type PromptId, readAs, type SurfaceId, taskOf } from "../exchange/index.ts";
import type { TargetTraits } from "../protocols/index.ts";
import { readAwsKeys, signForAws } from "./aws-credential.ts";
import type { Provider } from "./provider.ts";
import type { AwsKeys, UnsignedRequest } from "./sign-sigv4.ts";
import type { Deadlines } from "./transport/transport.ts";

/** What the config says of one provider, checked. */
export interface UpstreamSettings {
  readonly name: string;
  readonly provider: Provider;
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the provider runs, for credentials that are bound to a place. */
  readonly region?: string;
  /** Optional surfaces that this deployment has. */
  readonly surfaces?: readonly SurfaceId[];
  readonly deadlines: Deadlines;
  /** The config names a private address on purpose. */
  readonly privateAllowed?: boolean;
}

const rememberedUrls = 10_000;

/** A provider as this gateway is configured to reach it: compiled once, used by every call. */
export class Upstream {
  readonly name: string;
  readonly provider: Provider;
  readonly deadlines: Deadlines;
  readonly privateAllowed: boolean;
  /** Base URL and path; `{model}` and `{verb}` stand in some. */
  readonly #addresses = new Map<SurfaceId, string>();
  readonly #urls = new Map<string, URL>();
  /** The credential among them: a private field, which nothing prints. */
  readonly #headers: Readonly<Record<string, string>>;
  /** Of surfaces that take the credential in another way. */
  readonly #surfaceHeaders = new Map<SurfaceId, Readonly<Record<string, string>>>();
  readonly #awsKeys: AwsKeys | undefined;
  readonly #region: string | undefined;
  /** What no caller may see. */
  readonly #secrets: readonly string[];

  constructor(settings: UpstreamSettings) {
    const { provider } = settings;
    this.name = settings.name;
    this.provider = provider;
    this.deadlines = settings.deadlines;
    const { apiKey } = settings;
    this.#awsKeys = provider.credential === "aws" && apiKey !== undefined ? readAwsKeys(apiKey) : undefined;
    this.#region = settings.region;
    const secrets = this.#awsKeys ? [this.#awsKeys.secretAccessKey, this.#awsKeys.sessionToken ?? ""] : [apiKey ?? ""];
    this.#secrets = secrets.filter((secret) => secret.length >= 8);
    const headersWith = (style: Provider["credential"]) =>
      Object.freeze({
        "content-type": "application/json",
        ...provider.headers,
        ...lowerCased(settings.headers ?? {}),
        ...(this.#awsKeys === undefined && credentialHeader(style, apiKey)),
      });
    this.#headers = headersWith(provider.credential);
    for (const [id, style] of Object.entries(provider.credentialOf ?? {})) this.#surfaceHeaders.set(id as SurfaceId, headersWith(style));
    const written = settings.baseUrl ?? provider.baseUrl ?? "";
    const base = (provider.completeBaseUrl?.(written) ?? written).replace(/\/+$/, "");
    const optional = Object.entries(provider.optionalSurfaces ?? {}).filter(([id]) => settings.surfaces?.includes(id as SurfaceId));
    for (const [id, path] of [...Object.entries(provider.surfaces), ...optional]) this.#addresses.set(id as SurfaceId, base + path);
    const host = new URL(base).hostname;
    this.privateAllowed = settings.privateAllowed ?? namesPrivateAddress(host);
  }

  /** Where a surface is; undefined where it is not. `model` and `verb` stand in the paths of some dialects. */
  url(surface: SurfaceId, model: string, verb = ""): URL | undefined {
    const address = this.#addresses.get(surface);
    if (address === undefined) return undefined;
    const written = address.includes("{")
      ? address.replace("{model}", () => encodeURIComponent(model)).replace("{verb}", () => verb)
      : address;
    const known = this.#urls.get(written);
    if (known) return known;
    // Models are named by callers: what they make up must not fill the memory.
    if (this.#urls.size >= rememberedUrls) this.#urls.clear();
    const url = new URL(written);
    this.#urls.set(written, url);
    return url;
  }

  get surfaces(): readonly SurfaceId[] {
    return [...this.#addresses.keys()];
  }

  /** For every call to the surface, the credential among them. */
  headers(surface: SurfaceId): Readonly<Record<string, string>> {
    return this.#surfaceHeaders.get(surface) ?? this.#headers;
  }

  /** The headers of one call: `headers` as they are, or signed where the credential signs. @param atMs since the epoch */
  signed(request: UnsignedRequest, atMs: number): Readonly<Record<string, string>> {
    const keys = this.#awsKeys;
    return keys
      ? { ...request.headers, ...signForAws(request, keys, { service: this.provider.awsService ?? "", region: this.#region }, atMs) }
      : request.headers;
  }

  /** True where `text` holds the credential: such text never reaches a caller. */
  leaks(text: string): boolean {
    return this.#secrets.some((secret) => text.includes(secret));
  }

  /**
   * The surface closest to the caller's: its own dialect where the provider speaks it, else the one that loses least.
   * Undefined where nothing fits.
   */
  nearest(caller: SurfaceId, model: string): SurfaceId | undefined {
    if (this.#has(caller, model)) return caller;
    const task = taskOf(caller);
    if (task === "chat") {
      const dialect: SurfaceId = readAs[caller as PromptId] ?? caller;
      return [dialect, ...(nearestFirst[dialect] ?? [])].find((surface) => this.#has(surface, model));
    }
    return task === "count" ? undefined : this.surfaces.find((surface) => taskOf(surface) === task && this.#has(surface, model));
  }

  #has(surface: SurfaceId, model: string): boolean {
    return this.#addresses.has(surface) && (this.provider.modelsOf?.[surface]?.test(model) ?? true);
  }
}

/** The surfaces that lose least come first. */
const nearestFirst: Partial<Record<SurfaceId, readonly SurfaceId[]>> = {
  "openai-chat": ["openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse", "cohere-chat", "ollama-chat"],
  "openai-responses": ["openai-chat", "anthropic-messages", "gemini-generate", "bedrock-converse", "cohere-chat", "ollama-chat"],
  "anthropic-messages": ["bedrock-converse", "openai-responses", "openai-chat", "gemini-generate", "cohere-chat", "ollama-chat"],
  "gemini-generate": ["openai-responses", "anthropic-messages", "openai-chat", "bedrock-converse", "cohere-chat", "ollama-chat"],
  "bedrock-converse": ["anthropic-messages", "openai-responses", "openai-chat", "gemini-generate", "cohere-chat", "ollama-chat"],
  "cohere-chat": ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse", "ollama-chat"],
  "ollama-chat": ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse", "cohere-chat"],
};

/** One place where a model can be called. */
export interface Target {
  readonly upstream: Upstream;
  /** The model's name as the upstream knows it. */
  readonly model: string;
  readonly traits: TargetTraits;
  /** Of the model's own, where it has some. */
  readonly deadlines?: Deadlines;
}

function credentialHeader(style: Provider["credential"], key: string | undefined): Record<string, string> {
  if (key === undefined || style === "none") return {};
  return style === "bearer" || style === "aws" ? { authorization: `Bearer ${key}` } : { [style]: key };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The config itself names an address of this machine or of a private network, so the operator means it. */
function namesPrivateAddress(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host.startsWith("[") ||
    /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host) ||
    !host.includes(".")
  );
}

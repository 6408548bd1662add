import { type PromptId, readAs, type SurfaceId, taskOf } from "../exchange/index.ts";
import type { TargetTraits } from "../protocols/index.ts";
import { type Secret, tells } from "../secrets/index.ts";
import { readAwsKeys } from "./aws-credential.ts";
import { AwsSigning } from "./credentials/aws-signing.ts";
import type { Credential } from "./credentials/credential.ts";
import { type CredentialSettings, exchangedKey, openCredential } from "./credentials/open-credential.ts";
import { type KeyStore, ReferencedKey } from "./credentials/referenced-key.ts";
import type { SourceTools } from "./credentials/source.ts";
import { fillPath } from "./fill-path.ts";
import type { Provider, SurfaceForm } from "./provider.ts";
import type { UnsignedRequest } from "./sign-sigv4.ts";
import type { Deadlines } from "./transport/transport.ts";

/** What the config says of one provider, checked. */
export interface UpstreamSettings {
  readonly name: string;
  /** Whose key it is, where keys of several accounts are configured. */
  readonly account?: string;
  readonly provider: Provider;
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  /** Where the key was read, where that was a store of secrets. */
  readonly keyReference?: { readonly reference: string; readonly store: KeyStore };
  readonly headers?: Readonly<Record<string, Secret>>;
  /** Where the provider runs, for credentials that are bound to a place. */
  readonly region?: string;
  /** Whose models are used, in clouds that have projects. */
  readonly project?: string;
  /** How a credential is fetched, where there is no key. */
  readonly credential?: CredentialSettings;
  /** What a fetched credential is made of; without them none is fetched. */
  readonly sources?: SourceTools;
  /** Optional surfaces that this deployment has. */
  readonly surfaces?: readonly SurfaceId[];
  readonly deadlines: Deadlines;
  /** Of surfaces of sound and pictures, which take longer to begin. Default: `deadlines`. */
  readonly mediaDeadlines?: Deadlines;
  /** The config names a private address on purpose. */
  readonly privateAllowed?: boolean;
}

const rememberedUrls = 10_000;

/** A provider as this gateway is configured to reach it: compiled once, used by every call. */
export class Upstream {
  readonly name: string;
  /** Who can open what is sealed here: the provider, or one account there. */
  readonly sealName: string;
  readonly provider: Provider;
  readonly deadlines: Deadlines;
  readonly mediaDeadlines: Deadlines;
  readonly privateAllowed: boolean;
  readonly project: string | undefined;
  readonly #origin: string;
  readonly #base: string;
  /** Base URL and path; `{model}` and `{verb}` stand in some. */
  readonly #addresses = new Map<SurfaceId, string>();
  readonly #ownChoices = new Map<SurfaceId, SurfaceChoice>();
  readonly #urls = new Map<string, URL>();
  /** Of surfaces whose address is the same whatever is asked. */
  readonly #fixedUrls = new Map<SurfaceId, URL>();
  /** The credential among them: a private field, which nothing prints. */
  readonly #headers: Readonly<Record<string, string>>;
  /** Of surfaces that take the credential in another way. */
  readonly #surfaceHeaders = new Map<SurfaceId, Readonly<Record<string, string>>>();
  /** Where every call is authorised by itself, and not by the headers above. */
  readonly #credential: Credential | undefined;
  /** What no caller may see. */
  readonly #secrets: readonly string[];

  constructor(settings: UpstreamSettings) {
    const { provider } = settings;
    this.name = settings.name;
    this.sealName = settings.account === undefined ? settings.name : `${settings.name}@${settings.account}`;
    this.provider = provider;
    this.deadlines = settings.deadlines;
    this.project = settings.project;
    this.mediaDeadlines = settings.mediaDeadlines ?? settings.deadlines;
    const { apiKey, region, project } = settings;
    const written = settings.baseUrl ?? provider.regions?.[region ?? ""] ?? provider.baseUrl ?? "";
    const base = (provider.completeBaseUrl?.(written, { region, project }) ?? written).replace(/\/+$/, "");
    this.#base = base;
    const { hostname: host, origin } = new URL(base);
    this.#origin = origin;
    const signing = credentialOf(settings, host);
    this.#credential = referencedKey(settings, host) ?? signing;
    const key = apiKey?.reveal();
    const fixed = signing === undefined ? key : undefined;
    // What the config sends in headers may be a credential as well.
    // Of AWS's keys the signing knows which parts are secret.
    this.#secrets = [
      ...(key === undefined || signing instanceof AwsSigning ? [] : [key]),
      ...Object.values(revealed(settings.headers ?? {})),
    ];
    const headersWith = (style: Provider["credential"]) =>
      Object.freeze({
        "content-type": "application/json",
        ...provider.headers,
        ...revealed(settings.headers ?? {}),
        ...credentialHeader(style, fixed),
      });
    this.#headers = headersWith(provider.credential);
    for (const [id, style] of Object.entries(provider.credentialOf ?? {})) this.#surfaceHeaders.set(id as SurfaceId, headersWith(style));
    const optional = Object.entries(provider.optionalSurfaces ?? {}).filter(([id]) => settings.surfaces?.includes(id as SurfaceId));
    for (const [id, path] of [...Object.entries(provider.surfaces), ...optional]) this.#addresses.set(id as SurfaceId, base + path);
    for (const [id, address] of this.#addresses) {
      if (!address.includes("{") && this.form(id).elsewhere === undefined) this.#fixedUrls.set(id, new URL(address));
    }
    this.privateAllowed = settings.privateAllowed ?? namesPrivateAddress(host);
  }

  /** Where a surface is; undefined where it is not. `model` and `verb` stand in the paths of some dialects. */
  url(surface: SurfaceId, model: string, verb = ""): URL | undefined {
    return this.#fixedUrls.get(surface) ?? this.#namedUrl(surface, model, verb);
  }

  #namedUrl(surface: SurfaceId, model: string, verb: string): URL | undefined {
    const elsewhere = this.form(surface).elsewhere;
    const address = elsewhere?.models.test(model) ? this.#base + elsewhere.path : this.#addresses.get(surface);
    if (address === undefined) return undefined;
    const written = fillPath(address, model, verb);
    if (written === undefined) return undefined;
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

  /**
   * The headers of one call: the request's as they are, or with those that authorise it; a promise only where a credential has
   * to be fetched first.
   *
   * @param atMs since the epoch
   * @throws Fault `upstream_credentials`, `upstream_timeout`
   */
  authorized(request: UnsignedRequest, atMs: number): Headers | Promise<Headers> {
    const added = this.#credential?.authorize(request, atMs);
    if (added === undefined) return request.headers;
    return added instanceof Promise ? added.then((fetched) => ({ ...request.headers, ...fetched })) : { ...request.headers, ...added };
  }

  /** Every call goes out with `headers` as they are: there is nothing to sign, to fetch or to renew. */
  get plain(): boolean {
    return this.#credential === undefined;
  }

  /** The provider refused these headers. True where `authorized` brings others now, so that another try may help. */
  renew(headers: Headers, refusal: Parameters<Credential["renew"]>[1]): boolean | Promise<boolean> {
    return this.#credential?.renew(headers, refusal) ?? false;
  }

  /** The address is one that the config or the provider's declaration names. */
  owns(url: URL): boolean {
    return url.origin === this.#origin;
  }

  /** The address may have the credential: it is the provider's own, or of a host that its declaration trusts. */
  trusts(url: URL): boolean {
    if (this.owns(url)) return true;
    return url.protocol === "https:" && (this.provider.trustedHosts ?? []).some((host) => isBelow(url.hostname, host));
  }

  /** True where `text` holds the credential: such text never reaches a caller. */
  leaks(text: string): boolean {
    return (this.#credential?.leaks(text) ?? false) || tells(text, this.#secrets);
  }

  /** What a surface's path does not say. */
  form(surface: SurfaceId): SurfaceForm {
    return this.provider.forms?.[surface] ?? plain;
  }

  /**
   * The surface closest to the caller's that the model has: its own dialect where the provider speaks it, else the one that
   * loses least. Undefined where nothing fits.
   */
  nearest(caller: SurfaceId, model: string): SurfaceId | undefined {
    return this.#has(caller, model) ? caller : this.#others(caller).find((surface) => this.#has(surface, model));
  }

  /** What `nearest` finds, and why: for the record of a request. */
  choice(caller: SurfaceId, model: string): SurfaceChoice | undefined {
    const id = this.nearest(caller, model);
    if (id === undefined) return undefined;
    if (id === caller) return this.#own(caller);
    const all = this.#others(caller).filter((surface) => this.#has(surface, model));
    return { id, reason: all.length === 1 ? "the only one" : `nearest of ${all.join(", ")}` };
  }

  /** Made once: it goes into every record. */
  #own(id: SurfaceId): SurfaceChoice {
    const known = this.#ownChoices.get(id);
    if (known) return known;
    const choice = Object.freeze({ id, reason: "own dialect" });
    this.#ownChoices.set(id, choice);
    return choice;
  }

  /** Surfaces that can stand for the caller's own, the nearest first. */
  #others(caller: SurfaceId): readonly SurfaceId[] {
    const task = taskOf(caller);
    if (task === "count") return [];
    if (task !== "chat") return this.surfaces.filter((surface) => taskOf(surface) === task);
    const dialect: SurfaceId = readAs[caller as PromptId] ?? caller;
    return [dialect, ...(nearestFirst[dialect] ?? [])];
  }

  #has(surface: SurfaceId, model: string): boolean {
    return this.#addresses.has(surface) && (this.provider.modelsOf?.[surface]?.test(model) ?? true);
  }
}

/** The surface on which an upstream is asked, and why it is that one. */
export interface SurfaceChoice {
  readonly id: SurfaceId;
  /** `own dialect`, `the only one`, or `nearest of …`: all that the model has. */
  readonly reason: string;
}

type Headers = Readonly<Record<string, string>>;

const plain: SurfaceForm = {};

/** Keys of AWS as they stand in the config sign each call; where there is no key at all, one is fetched if the provider has that. */
function credentialOf({ provider, apiKey, region, credential, sources }: UpstreamSettings, host: string): Credential | undefined {
  const place = { service: provider.awsService ?? "", region };
  const keys = provider.credential === "aws" && apiKey !== undefined ? readAwsKeys(apiKey.reveal()) : undefined;
  if (keys) return new AwsSigning(keys, place);
  if (!provider.grants || !sources) return undefined;
  if (provider.grants.by === "ibm") return apiKey === undefined ? undefined : exchangedKey(apiKey, sources);
  if (apiKey !== undefined) return undefined;
  return openCredential(provider.grants, credential, { ...place, host }, sources);
}

/** A key that is read from a store may be another one tomorrow. */
function referencedKey(settings: UpstreamSettings, host: string): Credential | undefined {
  const { apiKey: key, keyReference } = settings;
  if (key === undefined || keyReference === undefined) return undefined;
  const signing = (apiKey: Secret) => credentialOf({ ...settings, apiKey }, host);
  return new ReferencedKey({ ...keyReference, key, signing, now: Date.now });
}

/** Spoken by Google alone, which has older surfaces for the same: never the first choice of others. */
const last = ["gemini-interactions"] as const;

/** The surfaces that lose least come first. */
const nearestFirst: Partial<Record<SurfaceId, readonly SurfaceId[]>> = {
  "openai-chat": ["openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse", "cohere-chat", "ollama-chat", ...last],
  "openai-responses": ["openai-chat", "anthropic-messages", "gemini-generate", "bedrock-converse", "cohere-chat", "ollama-chat", ...last],
  "anthropic-messages": ["bedrock-converse", "openai-responses", "openai-chat", "gemini-generate", "cohere-chat", "ollama-chat", ...last],
  "gemini-generate": ["openai-responses", "anthropic-messages", "openai-chat", "bedrock-converse", "cohere-chat", "ollama-chat", ...last],
  "bedrock-converse": ["anthropic-messages", "openai-responses", "openai-chat", "gemini-generate", "cohere-chat", "ollama-chat", ...last],
  "cohere-chat": ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse", "ollama-chat", ...last],
  "ollama-chat": ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate", "bedrock-converse", "cohere-chat", ...last],
  "gemini-interactions": [
    ...(["gemini-generate", "openai-responses", "openai-chat", "anthropic-messages", "bedrock-converse", "cohere-chat"] as const),
    "ollama-chat",
  ],
};

/** One place where a model can be called. */
export interface Target {
  readonly upstream: Upstream;
  /** The model's name as the upstream knows it. */
  readonly model: string;
  readonly traits: TargetTraits;
  /** Of the model's own, where it has some. */
  readonly deadlines?: Deadlines;
  /** The provider that the route asks before all others, where it may ask several. */
  readonly first?: string;
  readonly mediaDeadlines?: Deadlines;
}

function isBelow(host: string, parent: string): boolean {
  return host === parent || host.endsWith(`.${parent}`);
}

function credentialHeader(style: Provider["credential"], key: string | undefined): Record<string, string> {
  if (key === undefined || style === "none") return {};
  if (style === "token") return { authorization: `Token ${key}` };
  return style === "bearer" || style === "aws" ? { authorization: `Bearer ${key}` } : { [style]: key };
}

function revealed(headers: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]));
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

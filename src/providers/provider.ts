import type { JsonBody, LeaveSignal, MemberEdit, SurfaceId } from "../exchange/index.ts";
import type { TargetTraits, Wrapping } from "../protocols/index.ts";

/**
 * How a provider takes its credential: as `Authorization: Bearer` or `Authorization: Token`, in the header named, or not at all. `aws`: access keys
 * (`ID:SECRET`, or `ID:SECRET:SESSION`) sign each request, any other key is a bearer's.
 */
export type CredentialStyle =
  | ("bearer" | "token" | "aws" | "none")
  | ("authorization" | "api-key" | "x-key" | "xi-api-key" | `x-${string}-key`);

/**
 * An upstream, described. It does no I/O; the transport does. Capabilities are data, and absence means unsupported.
 * Adding a provider takes three touches: its file, one line in the registry, recorded fixtures.
 */
export interface Provider {
  readonly id: string;
  /** The name that people read. */
  readonly title: string;
  /** Where its API is documented. */
  readonly docs: string;
  /** Undefined where the config must name it. */
  readonly baseUrl?: string;
  /** Its addresses elsewhere, by the region that the config names. A cloud makes its own in `completeBaseUrl`. */
  readonly regions?: Readonly<Record<string, string>>;
  /**
   * Path behind the base URL, for each surface that the provider has; `/../` leads out of its last folder, `{model}` (`{model/}`
   * where its slashes are the path's) and `{verb}` (the dialect's) may stand in it. The nearest to the caller's dialect is taken.
   */
  readonly surfaces: Partial<Readonly<Record<SurfaceId, string>>>;
  /** What a surface's path does not say. */
  readonly forms?: Partial<Readonly<Record<SurfaceId, SurfaceForm>>>;
  /** Surfaces that some deployments of this type have and the config may switch on (`dialects`). */
  readonly optionalSurfaces?: Partial<Readonly<Record<SurfaceId, string>>>;
  /** Surfaces that only some of its models have: what the names of those match. */
  readonly modelsOf?: Partial<Readonly<Record<SurfaceId, RegExp>>>;
  readonly credential: CredentialStyle;
  /** The signing name of a service of AWS, where access keys sign. */
  readonly awsService?: string;
  /** Who grants a credential that has to be fetched, where no key is configured or for the one that is. */
  readonly grants?: Grants;
  /** Surfaces that take the credential in another way. */
  readonly credentialOf?: Partial<Readonly<Record<SurfaceId, CredentialStyle>>>;
  /** Environment variables that its own SDK reads, first one first. */
  readonly env: Partial<Readonly<Record<"apiKey" | "baseUrl" | "region" | "project", readonly string[]>>>;
  /** The provider whose models and prices in the catalog are its own too. Default: itself. */
  readonly catalogId?: string;
  /** Model names for lists, where no catalog can know them. */
  readonly models?: readonly string[];
  /** Costs nothing: its models are priced at zero, not unpriced. */
  readonly free?: boolean;
  /** A runtime on this machine: found by asking, needs no key. */
  readonly local?: boolean;
  /** Fixed headers for every call. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The provider's variant of its dialect, for a model. */
  readonly traits?: (model: string) => Partial<TargetTraits>;
  /** Quirks of the body that traits cannot say. Gets the JSON about to be sent, returns the JSON to send. */
  readonly adjustBody?: (body: Record<string, unknown>, surface: SurfaceId, model: string) => Record<string, unknown>;
  /** The same quirks where the caller's body passes untouched: edits of its top-level members. */
  readonly adjustMembers?: (body: JsonBody, surface: SurfaceId, model: string) => readonly MemberEdit[];
  /**
   * Mends the base URLs that people write (`/v1` too many, `/openai/v1` missing), and makes one of an account's name, or, where
   * `url` is empty, of the place. Empty where it cannot.
   */
  readonly completeBaseUrl?: (url: string, place: ProviderPlace) => string;
  /** Caller's headers that go through to this provider (`anthropic-beta`, `openai-beta`). */
  readonly passHeaders?: readonly string[];
  /** Hosts, with those below them, that also get the credential where the provider's answers lead there. */
  readonly trustedHosts?: readonly string[];
  /** Answers without a socket (the demo). */
  readonly answer?: (surface: SurfaceId, body: JsonBody, signal: LeaveSignal) => LocalAnswer;
}

/** What of a cloud is used, as the config or the environment names it. */
export interface ProviderPlace {
  readonly region?: string | undefined;
  readonly project?: string | undefined;
}

/**
 * A surface of which a path does not say all.
 */
export interface SurfaceForm {
  /** The path for some of its models, where the provider has those at another. */
  readonly elsewhere?: { readonly models: RegExp; readonly path: string };
  /** What `{verb}` stands for, where that is the provider's and not the dialect's. */
  readonly verbs?: { readonly whole: string; readonly stream: string };
  /** Members of every body: fixed ones, or the names of the `{model}` and the `{project}`; undefined for those that have no place here. */
  readonly members?: Readonly<Record<string, string | undefined>>;
  /** Lists in the body of what callers send in a header: the member, by the header's name. */
  readonly listed?: Readonly<Record<string, string>>;
  /** How streams are wrapped. Default: not. */
  readonly wrapping?: Wrapping;
  /** The surface in whose form errors come. Default: its own. */
  readonly faults?: SurfaceId;
}

/** Google; Microsoft Entra, for a resource; AWS; IBM, which exchanges the key itself. */
export type Grants =
  | { readonly by: "ibm" }
  | { readonly by: "google" }
  | { readonly by: "entra"; readonly resource: string }
  | { readonly by: "aws" };

/** What a provider without a socket answers with. */
export interface LocalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Under which name the catalog has a provider's models. */
export function catalogId({ id, catalogId = id }: Pick<Provider, "id" | "catalogId">): string {
  return catalogId;
}

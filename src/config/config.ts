import type { CertificateOptions, ExchangeOptions, TrustedIssuer } from "../auth/index.ts";
import type { CacheOptions, RepeatOptions } from "../cache/options.ts";
import type { Price, SurfaceId } from "../exchange/index.ts";
import type { ChargebackOptions } from "../insight/options.ts";
import type { BudgetOptions, LimitOptions, LossOptions } from "../policies/index.ts";
import type { CredentialSettings, Provider } from "../providers/index.ts";
import type { TimeoutOptions } from "../providers/options.ts";
import type { Secret } from "../secrets/index.ts";
import type { JournalOption, RecordOptions, StoreOptions } from "../storage/options.ts";
import type { PolicyDocument } from "./document/document.ts";
import type { EdgeRules } from "./document/edge-options.ts";
import type { BarredKey, LeftOutObject } from "./objects/fitting.ts";
import type { Environment } from "./reading/environment.ts";
import type { ListenAddress } from "./resolving/listen.ts";
import type { TlsConfig } from "./resolving/tls.ts";

/** A config that was found right: everything is filled in, every name leads somewhere. */
export interface Config {
  /** The file that it came from; undefined without one. */
  readonly path: string | undefined;
  readonly listen: ListenAddress;
  /** Undefined: no TLS. */
  readonly tls: TlsConfig | undefined;
  readonly edge: EdgeRules;
  readonly providers: readonly ProviderConfig[];
  readonly models: readonly ModelConfig[];
  readonly teams: readonly TeamConfig[];
  readonly keys: readonly KeyConfig[];
  /** Who is believed about who is asking, beside virtual keys. */
  readonly identity: {
    readonly issuers: readonly TrustedIssuer[];
    readonly certificates: readonly CertificateOptions[];
    /** Whether those who may pass users do so in the body too, as providers' own dialects have it. */
    readonly usersFromBody: boolean;
    /** Undefined: the gateway gives no tokens of its own. */
    readonly exchange: Required<ExchangeOptions> | undefined;
  };
  /** Of each end user, and of each session. */
  readonly endUsers: LimitedConfig | undefined;
  readonly sessions: LimitedConfig | undefined;
  /** Of each value of a tag. */
  readonly tags: readonly TagConfig[];
  /** Of requests with a tool of such a name. */
  readonly tools: readonly ToolConfig[];
  /** By name: who is told of limits that are nearly used up. */
  readonly alertTargets: ReadonlyMap<string, AlertTargetConfig>;
  readonly login: LoginConfig;
  /** In the order of the file; the first glob that fits counts. */
  readonly prices: readonly PriceConfig[];
  readonly chargeback: ChargebackOptions;
  /** What was made elsewhere than in the file and does not fit; what it governs is refused. Undefined: nothing. */
  readonly leftOut?: readonly LeftOutObject[] | undefined;
  readonly barredKeys?: readonly BarredKey[] | undefined;
  readonly policies: readonly PolicyConfig[];
  readonly stores: StoreConfig;
  readonly limits: { readonly maxBodyBytes: number; readonly maxUploadBytes: number; readonly maxInFlight: number };
  /** Undefined: nothing is fetched. */
  readonly media?: { readonly maxBytes: number; readonly timeoutMs: number; readonly hosts: readonly string[] } | undefined;
  readonly records: RecordOptions;
  readonly idempotency: RepeatOptions;
  readonly journal: JournalOption;
  readonly drainSeconds: number;
}

export interface StoreConfig extends Required<Omit<StoreOptions, "control" | "counters" | "records" | "onLoss">> {
  readonly onLoss: LossOptions;
  /** `sqlite`, or a server's URL with its password. */
  readonly control: Secret;
  /** `sqlite`, or a server's URL with its password. */
  readonly records: Secret;
  /** `sqlite`, `memory`, or a server's URL with its password. */
  readonly counters: Secret;
  readonly bodies: BodyStoreConfig;
}

/** Where bodies are kept, where any are. */
export type BodyStoreConfig = { readonly kind: "disk" } | S3Config;

export interface S3Config {
  readonly kind: "s3";
  readonly bucket: string;
  /** Undefined: that of the environment. */
  readonly region: string | undefined;
  /** Undefined: AWS's own of the region. */
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  readonly prefix: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: Secret } | undefined;
  readonly credential: CredentialSettings | undefined;
  readonly waitingBytes: number;
}

/** Who can be told. */
export type AlertTargetConfig = WebhookConfig | MailConfig;

export interface WebhookConfig {
  readonly kind: "webhook";
  readonly url: URL;
  readonly secret: Secret;
  readonly privateAllowed: boolean;
}

export interface MailConfig {
  readonly kind: "mail";
  readonly host: string;
  readonly port: number;
  readonly tls: "required" | "implicit" | "none";
  readonly login: { readonly user: string; readonly password: Secret } | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly privateAllowed: boolean;
}

/** How much may be used and spent. */
export interface LimitedConfig {
  readonly limits?: LimitOptions | undefined;
  readonly budget?: BudgetOptions | undefined;
}

/** Each value of the tag is limited; `required`: a request without one is refused. */
export interface TagConfig extends LimitedConfig {
  readonly name: string;
  readonly required: boolean;
}

/** Requests that let the model use a tool are limited; `name` may hold `*`. */
export interface ToolConfig extends LimitedConfig {
  readonly name: string;
}

export interface ProviderConfig extends LimitedConfig {
  readonly name: string;
  readonly provider: Provider;
  /** As it was written or set in the environment; undefined means the provider's own. */
  readonly baseUrl: string | undefined;
  readonly apiKey: Secret | undefined;
  /** Where `apiKey` was read, as `NAME:PATH#FIELD`; undefined where it stands in the file or the environment. */
  readonly apiKeyReference?: string | undefined;
  /** Where there are several; the first of them is `apiKey`. */
  readonly apiKeys?: readonly ProviderKeyConfig[] | undefined;
  readonly keyOrder?: "round-robin" | "least-used";
  /** Whose `apiKey` is, where there are keys of several accounts. */
  readonly account?: string | undefined;
  readonly region: string | undefined;
  /** Undefined where the file does not say. */
  readonly zeroDataRetention?: boolean | undefined;
  readonly project?: string | undefined;
  /** How a credential is fetched, where there is no key. */
  readonly credential?: CredentialSettings | undefined;
  /** What sources of credentials may look at. */
  readonly environment?: Secret<Environment>;
  /** Optional surfaces that this deployment has. */
  readonly surfaces: readonly SurfaceId[];
  /** Some hold credentials. */
  readonly headers: Readonly<Record<string, Secret>>;
  readonly timeouts: TimeoutOptions;
  readonly retries: number | undefined;
  /** Undefined: allowed where the base URL itself names a private address. */
  readonly privateAllowed: boolean | undefined;
  /** The provider's own model names as the file lists them; undefined means those of the catalog. */
  readonly models: readonly string[] | undefined;
}

export interface ProviderKeyConfig {
  readonly apiKey: Secret;
  readonly apiKeyReference?: string | undefined;
  /** What operators see of it: its place, and its last four characters. */
  readonly hint: string;
  readonly weight: number;
  readonly account: string | undefined;
}

export interface ModelConfig extends LimitedConfig {
  readonly name: string;
  readonly strategy: "fallback" | "weighted";
  readonly targets: readonly TargetConfig[];
  /** Undefined: no cache. */
  readonly cache: Required<CacheOptions> | undefined;
  readonly retries: number | undefined;
  readonly timeouts: TimeoutOptions;
}

export interface TargetConfig {
  /** A name of `providers`. */
  readonly provider: string;
  /** The model's name as that provider knows it. */
  readonly model: string;
  readonly weight: number;
}

export interface TeamConfig extends LimitedConfig {
  readonly name: string;
  /** Globs over model names; undefined means all. */
  readonly models: readonly string[] | undefined;
}

export interface KeyConfig extends LimitedConfig {
  readonly name: string;
  readonly team: string | undefined;
  /** Only its hash may be kept. */
  readonly value: Secret;
  readonly models: readonly string[] | undefined;
  /** In CIDR notation; undefined: from anywhere. */
  readonly networks?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Empty: every endpoint of the data plane. */
  readonly scopes: readonly string[];
  readonly mayPassUser?: boolean | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

/** How people log in. */
export interface LoginConfig {
  /** The origin that browsers know; undefined: the gateway's own address, where that is loopback. */
  readonly publicUrl: string | undefined;
  readonly idleMs: number;
  readonly maxMs: number;
  readonly commandLineMs: number;
  /** Undefined: with an admin key only. */
  readonly openid: OpenIdConfig | undefined;
}

export interface OpenIdConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  /** With `openid`. */
  readonly scopes: readonly string[];
  /** Names whoever logs in, as the directory's `userName`. */
  readonly userClaim: string;
  readonly groupsClaim: string;
  /** Whose the people are: an organisation's id or name; undefined: the installation's. */
  readonly organisation: string | undefined;
  /** Whether whoever has a role and is not in the directory comes into it. */
  readonly createUsers: boolean;
  /** Role names by group; `*` for everybody. */
  readonly roles: ReadonlyMap<string, string>;
  /** Undefined: the host that the issuer itself names, where that is this machine, and nothing else. */
  readonly privateAllowed: boolean | undefined;
}

export interface PriceConfig {
  /** A glob over provider/model. */
  readonly pattern: string;
  readonly price: Price;
}

export interface PolicyConfig {
  readonly use: string;
  readonly options: Omit<PolicyDocument, "use" | "name">;
}

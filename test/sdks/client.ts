import type { SurfaceId } from "../../src/exchange/index.ts";
import type { prompts } from "./prompts.ts";

/** What a client is asked to do with its SDK. Each ask is one way in which applications use it. */
export const asks = [
  "whole",
  "stream",
  "tools",
  "toolsStream",
  "schema",
  "image",
  "pdf",
  "reasoning",
  "reasoningStream",
  "streamOptions",
  "embeddings",
  "models",
  "abort",
] as const;
export type Ask = (typeof asks)[number];

/** What the SDK handed to the application. */
export interface Told {
  readonly text?: string;
  /** How many pieces of text, of arguments or of reasoning came one by one. */
  readonly pieces?: number;
  readonly reasoning?: string;
  readonly calls?: readonly { readonly name: string; readonly arguments: unknown }[];
  /** The SDK's own word. */
  readonly finish?: string | null;
  readonly usage?: { readonly input: number; readonly cached?: number; readonly output: number };
  readonly requestId?: string | null;
  readonly parsed?: unknown;
  readonly vectors?: readonly (readonly number[])[];
  readonly models?: readonly string[];
  /** How many chunks with usage came without and with `include_usage`. */
  readonly usageChunks?: readonly number[];
  readonly aborted?: boolean;
}

/** What the SDK threw. */
export interface ToldError {
  /** The class that applications catch. */
  readonly kind: string;
  readonly message: string;
  readonly status?: number | null;
  readonly type?: string | null;
  readonly code?: string | null;
  readonly requestId?: string | null;
  readonly retryAfter?: string | null;
  readonly shouldRetry?: string | null;
}

export interface Address {
  /** Without a path. */
  readonly url: string;
  readonly key: string;
  /** Undefined: as the SDK does by itself. */
  readonly retries?: number;
}

/** What the SDK, or its dialect, does not have. */
export type Lack =
  | "request id"
  | "headers of errors"
  | "request id beside a provider's own words"
  | "names of errors"
  | "class of a wrong base URL"
  | "count of cached tokens"
  | "usage of streams"
  | "pieces of arguments"
  | "tries of its own";

export interface ClientFacts {
  readonly name: string;
  readonly caller: SurfaceId;
  readonly words: { readonly stop: string; readonly call: string };
  /** Its history carries reasoning back. Where caller and upstream speak different dialects the gateway does so for those that do not. */
  readonly keepsReasoning: boolean;
  readonly showsReasoning: boolean;
  /** It obeys `x-should-retry`. */
  readonly heedsShouldRetry: boolean;
  readonly lacks?: readonly Lack[];
  /** The class that it throws, by status, where it names them otherwise than OpenAI's and Anthropic's SDKs. */
  readonly errorClasses?: Readonly<Record<number, string>>;
  readonly asks: readonly Ask[];
}

export interface Client extends ClientFacts {
  /** Throws what the SDK throws, told. @throws SdkError */
  tell(ask: Ask, model: string, address: Address): Promise<Told>;
}

export class SdkError extends Error {
  readonly told: ToldError;

  constructor(told: ToldError) {
    super(told.message);
    this.told = told;
  }
}

export type Asks<Sdk> = Partial<Readonly<Record<Ask, (sdk: Sdk, model: string) => Promise<Told>>>>;

/** Everything that a client of an SDK consists of. */
export interface ClientParts<Sdk> extends Omit<ClientFacts, "asks"> {
  open(address: Address): Sdk;
  readonly asks: Asks<Sdk>;
  tellError(error: unknown): ToldError;
}

export function clientOf<Sdk>(parts: ClientParts<Sdk>): Client {
  return {
    ...parts,
    asks: asks.filter((ask) => parts.asks[ask] !== undefined),
    async tell(ask, model, address) {
      try {
        return await parts.asks[ask]!(parts.open(address), model);
      } catch (error) {
        throw new SdkError(parts.tellError(error));
      }
    },
  };
}

/** For SDKs that throw one class, whatever failed. */
export function sameClass(name: string): Readonly<Record<number, string>> {
  return { 400: name, 401: name, 404: name, 429: name, 502: name };
}

export type Prompts = typeof prompts;

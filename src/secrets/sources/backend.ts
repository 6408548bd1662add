import { Fault, type LeaveSignal } from "../../exchange/index.ts";
import type { Secret } from "../secret.ts";

/** What stands at one path of a store: a text, or several by their names. */
export interface BackendReading {
  readonly value: Secret | Fields;
  /** As the store calls it. */
  readonly version?: string;
  /** Milliseconds since the epoch; from then on it opens nothing. */
  readonly expiresAt?: number;
  /** Lets the same secret live on: when it then ends. Only where the store lends secrets for a time. */
  renew?(signal: LeaveSignal): Promise<number>;
}

export type Fields = Readonly<Record<string, Secret>>;

/** One kind of store of secrets, as the config names it. */
export interface SecretBackend {
  /** @throws Fault `secret_unavailable`, `upstream_*`; `object_unknown` where it is certain that the secret is no more: then it is not used any longer */
  read(path: string, signal: LeaveSignal): Promise<BackendReading>;
  /** What is missing may be away as a whole: it was removed for certain only where the gateway must not be wrong the other way. */
  readonly mayBeAway?: boolean;
  /** Ends the log-in that it is asked with, at the store too where its API has that. Another is had where it is asked again. Never throws. */
  signOff?(): Promise<void>;
}

/** What a store may be asked with: this room opens no sockets, and knows no cloud. */
export interface SourceWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A file of the operator's as text; undefined where there is none. */
  readFile(path: string): Promise<string | undefined>;
  /** @throws Fault `upstream_*` */
  ask(question: Question, signal: LeaveSignal): Promise<Reply>;
  /** The headers that authorise a call to a cloud. @throws Fault `upstream_*` */
  authorize(question: Question): Promise<Readonly<Record<string, string>>>;
  /** What calls are authorised with is had anew for the next. */
  forget(): void;
}

export interface Question {
  readonly method?: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** @param why for the operator: it holds no secret, and none of the store's own words */
export function unavailable(why: string, cause?: unknown): Fault {
  return new Fault("secret_unavailable", { message: why, ...(cause !== undefined && { cause }) });
}

/** A reply's JSON object. @throws Fault `secret_unavailable` */
export function objectIn(who: string, { text }: Reply): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below, without a word of it.
  }
  throw unavailable(`${who} answered with something that is no JSON object.`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The names of errors that stores have in their answers, where they look like names. */
export function errorName(text: string, pick: (body: Record<string, unknown>) => unknown): string {
  try {
    const body: unknown = JSON.parse(text);
    const name = isObject(body) ? pick(body) : undefined;
    const short = typeof name === "string" ? name.slice(name.lastIndexOf("#") + 1) : "";
    return /^[\w.-]{1,64}$/.test(short) ? ` ${short}` : "";
  } catch {
    return "";
  }
}

/** Secrets go over TLS, or stay on this machine. @throws Fault `secret_unavailable` */
export function secureAddress(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const near = url !== undefined && (url.hostname === "localhost" || url.hostname === "[::1]" || /^127\./.test(url.hostname));
  if (url?.protocol === "https:" || (url?.protocol === "http:" && near)) return text.replace(/\/+$/, "");
  throw unavailable(`${what} must begin with https://, or name this machine.`);
}

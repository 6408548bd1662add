import { readFile } from "node:fs/promises";
import { Explanation, Fault, type LeaveSignal } from "../../exchange/index.ts";
import type { Deadlines, Transport } from "../transport/transport.ts";

/** What a source of credentials may look at. */
export interface SourceTools {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A file of the operator's as text; undefined where there is none. */
  readFile(path: string): Promise<string | undefined>;
  /** @throws Fault `upstream_*` */
  ask(question: Question, signal: LeaveSignal): Promise<Reply>;
}

/** A request for a credential. */
export interface Question {
  readonly method?: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The address is that of a machine's own metadata: private by its nature. Only where the operator chose that source. */
  readonly metadata?: boolean;
}

export interface Reply {
  readonly status: number;
  header(name: string): string | undefined;
  readonly text: string;
}

/** All that a fetch may take, however many questions it asks. */
export const fetchDeadlineMs = 15_000;
const maxReplyBytes = 256 * 1024;
const far: Deadlines = { connectMs: 5_000, firstEventMs: 10_000, idleMs: 10_000, totalMs: 10_000 };
/** Where there is no metadata server, nobody may answer at all. */
const near: Deadlines = { connectMs: 1_000, firstEventMs: 5_000, idleMs: 5_000, totalMs: 6_000 };

export interface SourceSettings {
  /** Default: the clock. */
  readonly now?: () => number;
  /** Whether token endpoints may be at private addresses, as those of a cloud's own network are. Default: on this machine only. */
  readonly privateAllowed?: boolean;
  /** What faults call whoever is asked. */
  readonly name?: string;
}

/** The files of this machine and the network behind the gateway's transport. */
export function sourceTools(
  environment: SourceTools["environment"],
  transport: Transport,
  { now = Date.now, privateAllowed, name = "the source of the provider's credential" }: SourceSettings = {},
): SourceTools {
  return {
    environment,
    now,
    readFile: readOperatorsFile,
    async ask({ method = "GET", url, headers = {}, body, metadata = false }, signal) {
      const answer = await transport.send(
        {
          method,
          name,
          url,
          headers: { accept: "application/json", ...headers },
          body: body === undefined ? undefined : new TextEncoder().encode(body),
          deadlines: metadata ? near : far,
          privateAllowed: privateAllowed ?? isLoopback(url.hostname),
          metadataAllowed: metadata,
        },
        signal,
      );
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of answer.body) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxReplyBytes) throw refused("The answer with the provider's credential is too long.");
      }
      return { status: answer.status, header: (name) => answer.header(name), text: Buffer.concat(chunks).toString("utf8") };
    },
  };
}

async function readOperatorsFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw refused(`The credential's file ${path} cannot be read.`);
  }
}

/** A stand-in or a proxy on this machine, which only the operator's own files and variables can name. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}

/**
 * Secrets go over TLS, or stay on this machine.
 *
 * @throws Fault `upstream_credentials`
 */
export function secureUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) return url;
  throw refused(`${what} must be a URL that begins with https://.`);
}

const unhad = "The gateway could not get its own credential for the provider. The caller's key is fine; the log tells the operator why.";

/** A credential that could not be had. @param why for the operator: it never holds a secret or a source's own words */
export function refused(why: string): Fault {
  return new Fault("upstream_credentials", { message: unhad, cause: new Explanation(why) });
}

/** What a source said to a question that it refused, for the log. */
export function refusedBy(who: string, reply: Reply): Fault {
  const error = member(parsed(reply.text), "error");
  const named = typeof error === "string" ? error : (member(error, "code") ?? member(error, "Code"));
  const name = typeof named === "string" && /^[\w.-]{1,64}$/.test(named) ? ` ${named}` : "";
  return refused(`${who} gave no credential (status ${reply.status}${name}).`);
}

/** A reply's JSON object. @throws Fault `upstream_credentials` */
export function objectOf(who: string, reply: Reply): Record<string, unknown> {
  const value = parsed(reply.text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused(`${who} answered with something that is no JSON object.`);
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

export function formOf(fields: Readonly<Record<string, string>>): Pick<Question, "method" | "headers" | "body"> {
  const body = new URLSearchParams(fields).toString();
  return { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body };
}

import { Fault } from "../../../exchange/index.ts";
import { openTransport } from "../../../providers/index.ts";
import { CommandError, type Invocation } from "../command-line/command.ts";
import { keptLogins } from "./kept-logins.ts";

const usualUrl = "http://127.0.0.1:8787";
const deadlines = { connectMs: 5_000, firstEventMs: 30_000, idleMs: 30_000, totalMs: 60_000 };
const mostBytes = 64 * 1024 * 1024;

/** A gateway that is spoken to over the network, and the credential for it. */
export interface Remote {
  readonly url: string;
  /** Undefined where nobody has logged in. */
  readonly token: string | undefined;
}

export interface RemoteAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: each command knows what it asked for
  readonly body: any;
}

/** The gateway of `--url`, else of `SLUICE_URL`, else the one that was logged in to last; with the token that `sluice login` kept. */
export function remoteOf({ flags, terminal }: Invocation): Remote {
  const { current, logins } = keptLogins(terminal);
  const url = originOf(flags.text("url") ?? (terminal.environment.SLUICE_URL || undefined) ?? current ?? usualUrl);
  const kept = logins[url];
  return { url, token: kept !== undefined && kept.endsAt > Date.now() ? kept.token : undefined };
}

/** Tokens go over TLS, or stay on this machine. @throws CommandError */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)))
    return url.origin;
  throw new CommandError(
    `${JSON.stringify(text)} is no address of a gateway.`,
    "Write it as https://ai.example.com; http:// is for this machine only.",
  );
}

/** Asks a gateway. @throws CommandError where it cannot be reached */
export async function askRemote(
  { url, token }: Remote,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: { readonly form: Readonly<Record<string, string>> } | { readonly json: unknown },
  headers: Readonly<Record<string, string>> = {},
): Promise<RemoteAnswer> {
  const transport = await openTransport();
  const text = body === undefined ? undefined : "form" in body ? new URLSearchParams(body.form).toString() : JSON.stringify(body.json);
  try {
    const answer = await transport.send(
      {
        method,
        name: "the gateway",
        url: new URL(path, url),
        headers: {
          accept: "application/json",
          "user-agent": "sluice",
          ...headers,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "form" in body ? "application/x-www-form-urlencoded" : "application/json" }),
        },
        body: text === undefined ? undefined : new TextEncoder().encode(text),
        deadlines,
        privateAllowed: true,
      },
      new AbortController().signal,
    );
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > mostBytes) throw new CommandError(`The gateway's answer is longer than ${mostBytes} bytes.`, "Ask for less.");
      chunks.push(chunk);
    }
    return { status: answer.status, etag: answer.header("etag"), body: parsed(Buffer.concat(chunks).toString("utf8")) };
  } catch (error) {
    if (error instanceof Fault)
      throw new CommandError(`${url} cannot be reached: ${error.message}`, "Is the gateway running there? Name another with --url.");
    throw error;
  } finally {
    await transport.close();
  }
}

/** @throws CommandError with what the gateway says is wrong */
export function refusedBy({ url }: Remote, { status, body }: RemoteAnswer): CommandError {
  const said = typeof body?.detail === "string" ? body.detail : `it answered ${status}`;
  const next = status === 401 ? `Log in again: sluice login --url ${url}` : "";
  return new CommandError(`The gateway refused: ${said}`, next, body);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

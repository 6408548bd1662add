import { Fault, PiecedBytes } from "../../exchange/index.ts";
import type { UpstreamRequest } from "./transport.ts";

/** A body up to this size goes out in one piece with its head: copying it costs less than a second system call. */
const joinedBytes = 16 * 1024;
/** All requests are put together in the same memory: getting some for each costs more than the rest. */
const scratch = Buffer.allocUnsafe(2 * joinedBytes);
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What the transport says itself. */
const framing = new Set(["host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "keep-alive", "te", "trailer"]);

export interface RequestBytes {
  /** Lent: at the next request it is another one's. */
  readonly head: Uint8Array;
  readonly body: UpstreamRequest["body"];
}

/**
 * A request's head as HTTP/1.1 has it, a character a byte.
 * @throws Fault `gateway_failed` for a header that would not stay one line
 */
export function encodeHead({ method, url, headers, body }: UpstreamRequest, host: string): string {
  const length = body === undefined ? "" : `content-length: ${body.length}\r\n`;
  return `${constantHead(method, url, headers, host)}${length}\r\n`;
}

/** A request of the head that `encodeHead` made; a small body, or the small first piece of one, is in the same piece. */
export function encodeRequest(head: string, body: UpstreamRequest["body"]): RequestBytes {
  if (head.length > joinedBytes) return { head: Buffer.from(head, "latin1"), body };
  scratch.write(head, 0, "latin1");
  const first = body instanceof PiecedBytes ? body.pieces[0] : body instanceof Uint8Array ? body : undefined;
  if (first === undefined || first.length > joinedBytes) return { head: scratch.subarray(0, head.length), body };
  scratch.set(first, head.length);
  const rest = body instanceof PiecedBytes ? new PiecedBytes(body.pieces.slice(1)) : undefined;
  return { head: scratch.subarray(0, head.length + first.length), body: rest };
}

interface KnownHead {
  readonly method: string;
  readonly address: string;
  readonly host: string;
  readonly text: string;
}

/** Most calls to an upstream have the same frozen headers, and go to the same place. */
const knownHeads = new WeakMap<object, KnownHead>();

/** All but the length. */
function constantHead(method: string, url: URL, headers: UpstreamRequest["headers"], host: string): string {
  const address = url.href;
  const known = knownHeads.get(headers);
  if (known !== undefined && known.address === address && known.method === method && known.host === host) return known.text;
  const head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${host}\r\n${encodeFields(headers)}`;
  // Flat, so that no later request has to put it together again.
  const text = Buffer.from(head, "latin1").toString("latin1");
  if (Object.isFrozen(headers)) knownHeads.set(headers, { method, address, host, text });
  return text;
}

function encodeFields(headers: UpstreamRequest["headers"]): string {
  let text = "";
  if (headers["accept-encoding"] === undefined) text += "accept-encoding: identity\r\n";
  if (headers["user-agent"] === undefined) text += "user-agent: sluice\r\n";
  if (headers.accept === undefined) text += "accept: */*\r\n";
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || framing.has(name)) continue;
    if (!headerName.test(name) || !headerValue.test(value)) {
      throw new Fault("gateway_failed", {
        message: `The header ${JSON.stringify(name.slice(0, 40))} for the provider holds characters that no header may.`,
      });
    }
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

import { type Exchange, Fault, type Item, type MediaSource, type ModelRequest, type Part } from "../../exchange/index.ts";
import type { Transport, UpstreamAnswer } from "../transport/transport.ts";
import { wholeBody } from "../whole-answer.ts";
import { mediaTypeOf } from "./told-type.ts";

/** What the config allows of fetching what requests name by address. */
export interface MediaFetching {
  /** Of all that one request names, together. */
  readonly maxBytes: number;
  /** For each address. */
  readonly timeoutMs: number;
  /** Whether a host may be asked. */
  allows(host: string): boolean;
}

/** The kinds of part whose address an upstream's dialect cannot pass on. */
export type FetchedKind = "image" | "document";

const mostAddresses = 32;

/**
 * The request with the pictures and documents that it names by address as bytes. Each is asked for over the transport that connects to
 * checked, public addresses only, without any credential; redirects are not followed.
 *
 * @param done what was fetched for this exchange already, for another try
 * @throws Fault `request_media` where one cannot be had
 */
export async function withFetchedMedia(
  exchange: Exchange,
  kinds: readonly FetchedKind[],
  fetching: MediaFetching,
  transport: Transport,
  done: Map<string, MediaSource>,
): Promise<ModelRequest> {
  const request = exchange.read();
  const wanted = addressesIn(request.items, kinds).filter((url) => !done.has(url));
  if (wanted.length + done.size > mostAddresses) throw refused(`it names more than ${mostAddresses} addresses`);
  // One after another: what is left of the limit is known for each.
  for (const url of wanted) {
    const used = [...done.values()].reduce((sum, source) => sum + (source.kind === "base64" ? source.data.length * 0.75 : 0), 0);
    done.set(url, await fetched(url, exchange, fetching, fetching.maxBytes - used, transport));
  }
  if (done.size === 0) return request;
  return { ...request, items: request.items.map((item) => replaced(item, kinds, done)) };
}

/** Data URIs bring their bytes themselves. */
export function addressesIn(items: readonly Item[], kinds: readonly FetchedKind[]): readonly string[] {
  const found = new Set<string>();
  for (const item of items) for (const part of partsOf(item)) if (isRemote(part, kinds)) found.add(part.source.url);
  return [...found];
}

type Remote = Extract<Part, { type: FetchedKind }> & { readonly source: Extract<MediaSource, { kind: "url" }> };

function isRemote(part: Part, kinds: readonly FetchedKind[]): part is Remote {
  return (part.type === "image" || part.type === "document") && kinds.includes(part.type) && isAddress(part.source);
}

function isAddress(source: MediaSource): boolean {
  return source.kind === "url" && !/^data:/i.test(source.url);
}

function partsOf(item: Item): readonly Part[] {
  return item.type === "message" || item.type === "result" ? item.parts : [];
}

function replaced(item: Item, kinds: readonly FetchedKind[], done: ReadonlyMap<string, MediaSource>): Item {
  if (item.type !== "message" && item.type !== "result") return item;
  if (!item.parts.some((part) => isRemote(part, kinds))) return item;
  const parts = item.parts.map((part) => (isRemote(part, kinds) ? { ...part, source: done.get(part.source.url) ?? part.source } : part));
  return { ...item, parts };
}

async function fetched(
  address: string,
  exchange: Exchange,
  fetching: MediaFetching,
  limit: number,
  transport: Transport,
): Promise<MediaSource> {
  const url = URL.parse(address);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) throw refused("it is no address of the web");
  if (url.username !== "" || url.password !== "") throw refused("its address holds a credential");
  if (!fetching.allows(url.hostname)) throw refused(`the gateway may not ask the host ${url.hostname}`);
  const { timeoutMs } = fetching;
  const deadlines = { connectMs: timeoutMs, firstEventMs: timeoutMs, idleMs: timeoutMs, totalMs: timeoutMs };
  const headers = { accept: "image/*, application/pdf, text/*;q=0.9" };
  try {
    const answer = await transport.send(
      { method: "GET", name: url.host, url, headers, body: undefined, deadlines, privateAllowed: false },
      exchange.signal,
    );
    return await sourceIn(answer, limit);
  } catch (error) {
    throw toldAs(error, fetching);
  }
}

async function sourceIn(answer: UpstreamAnswer, limit: number): Promise<MediaSource> {
  if (answer.status !== 200) {
    for await (const _ of answer.body) break;
    throw refused(`its host answered with ${answer.status}`);
  }
  const bytes = await wholeBody(answer, Math.max(0, Math.floor(limit)));
  const mediaType = mediaTypeOf(bytes, answer.header("content-type"));
  if (mediaType === undefined) throw refused("it is no picture, PDF or text");
  return { kind: "base64", mediaType, data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64") };
}

/** Which of the guard's reasons it was is not for the caller: it would map the network that the gateway stands in. */
function toldAs(error: unknown, { maxBytes, timeoutMs }: MediaFetching): Fault {
  if (!(error instanceof Fault) || error.code === "client_gone" || error.code === "request_media") return Fault.from(error);
  if (error.code === "upstream_too_large") return refused(`it is larger than what is left of ${maxBytes} bytes`, error);
  if (error.code === "upstream_timeout") return refused(`it did not come within ${timeoutMs} ms`, error);
  if (error.code === "upstream_failed") return refused("its host redirects, which is not followed", error);
  return refused("its address is not public, or does not answer", error);
}

function refused(why: string, cause?: unknown): Fault {
  return new Fault("request_media", {
    message: `A picture or document of the request cannot be fetched: ${why}. Send the bytes.`,
    ...(cause !== undefined && { cause }),
  });
}

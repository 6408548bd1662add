import type { Exchange, SurfaceId } from "../../exchange/index.ts";
import { passedHeaders, sendAuthorized } from "../send.ts";
import type { StreamedBody, Transport, UpstreamAnswer } from "../transport/transport.ts";
import type { Target } from "../upstream.ts";

export interface MediaSend {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly body?: Uint8Array | StreamedBody;
  readonly headers?: Readonly<Record<string, string>>;
  /** Events are expected. */
  readonly stream: boolean;
  /** The caller's own headers may go on. */
  readonly passing?: boolean;
}

/** Sends to a target, with the credential where the address is the provider's own; elsewhere to public addresses only, and without. */
export function sendMedia(
  exchange: Exchange,
  target: Target,
  surface: SurfaceId,
  transport: Transport,
  { method, url, body, headers, stream, passing }: MediaSend,
): Promise<UpstreamAnswer> {
  const { upstream } = target;
  const deadlines = target.mediaDeadlines ?? upstream.mediaDeadlines;
  const privateAllowed = upstream.privateAllowed && upstream.owns(url);
  if (!upstream.trusts(url)) {
    return transport.send(
      { method, name: upstream.name, url, headers: { ...headers }, body, deadlines, privateAllowed, stream },
      exchange.signal,
    );
  }
  const { "content-type": json, ...own } = upstream.headers(surface);
  const passed = passing ? passedHeaders(exchange, upstream.provider.passHeaders) : undefined;
  const all = { ...(body && json !== undefined && { "content-type": json }), ...own, ...passed, ...headers };
  return sendAuthorized(exchange, target, { method, url, headers: all, body, deadlines, privateAllowed, stream }, transport);
}

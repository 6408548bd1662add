import type { Exchange, MediaSource } from "../../exchange/index.ts";
import type { Transport } from "../transport/transport.ts";
import { addressesIn, type FetchedKind, type MediaFetching, withFetchedMedia } from "./fetch-media.ts";

/** Fetches what requests name by address, once for all tries of an exchange. */
export class FetchedMedia {
  readonly #transport: Transport;
  readonly #done = new WeakMap<Exchange, Map<string, MediaSource>>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The exchange with those parts as bytes; the same one where it has none. @throws Fault `request_media` */
  async withBytes(exchange: Exchange, kinds: readonly FetchedKind[], fetching: MediaFetching): Promise<Exchange> {
    if (addressesIn(exchange.read().items, kinds).length === 0) return exchange;
    const done = this.#done.get(exchange) ?? new Map<string, MediaSource>();
    this.#done.set(exchange, done);
    const request = await withFetchedMedia(exchange, kinds, fetching, this.#transport, done);
    return { ...exchange, read: () => request };
  }
}

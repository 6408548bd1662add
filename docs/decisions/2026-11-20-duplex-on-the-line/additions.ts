import type { Exchange, Fault, SurfaceId } from "../../../src/exchange/index.ts";

/** `SurfaceId` with the members that duplex traffic adds. */
export type DuplexSurfaceId = SurfaceId | "openai-realtime" | "mcp" | "a2a";

/** What `Exchange` would gain: two optional members, and a wider `surface`. */
export interface DuplexExchange extends Omit<Exchange, "surface"> {
  readonly surface: DuplexSurfaceId;
  /**
   * The exchange that opened the session which this one belongs to. An id and never a reference: that exchange may have
   * settled long ago, on another node.
   */
  readonly parent?: string;
  /** Who asks. `upstream`: a server's sampling request, an agent's push, a response that voice detection began. Absent means `client`. */
  readonly asker?: "client" | "upstream";
}

/** The one cast of the spike: `surface` does not have its new members yet. */
export function asExchange(exchange: DuplexExchange): Exchange {
  return exchange as Exchange;
}

/** A connection on which both sides speak in whole messages. What `Transport.open` would give, and what a listener would hand in. */
export interface Channel {
  /** Messages as they come, until the other side leaves. Not pulling holds the other side back. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Waits while the other side does not read. What is sent after the end is dropped. */
  send(message: Uint8Array): Promise<void>;
  /** @param fault undefined ends in good order */
  close(fault?: Fault): void;
  /** Whether the other side said goodbye, instead of breaking off. Known once `messages` has ended. */
  readonly endedWell: boolean;
}

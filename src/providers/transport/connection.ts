import { PiecedBytes } from "../../exchange/index.ts";
import { type AnswerHandler, AnswerParser } from "../../wire/index.ts";
import type { Link, LinkHandler, LinkTarget, OpenLink } from "./link.ts";
import type { RequestBytes } from "./request-bytes.ts";
import type { StreamedBody } from "./transport.ts";

/** The call that has the connection for now. */
export interface ConnectionUser extends AnswerHandler {
  onConnected(): void;
  /** A piece of a streamed body has left. */
  onSent(): void;
  /** The connection is gone before the answer was whole. */
  onBroken(error: unknown): void;
}

/** A connection to an upstream: one call at a time, and between calls it rests. */
export class Connection implements LinkHandler {
  restingSinceMs = 0;
  readonly narrow: boolean;
  readonly #link: Link;
  readonly #onRest: (connection: Connection) => void;
  readonly #onGone: (connection: Connection) => void;
  #user: ConnectionUser | undefined;
  #parser: AnswerParser | undefined;
  #paused = false;
  /** A streamed body is on its way. */
  #sending = false;
  #drained: (() => void) | undefined;

  /** @param onRest the connection is free for another call; @param onGone a resting connection was closed */
  constructor(
    openLink: OpenLink,
    target: LinkTarget,
    user: ConnectionUser,
    onRest: (connection: Connection) => void,
    onGone: (connection: Connection) => void,
  ) {
    this.narrow = target.narrow;
    this.#user = user;
    this.#onRest = onRest;
    this.#onGone = onGone;
    this.#link = openLink(target, this);
  }

  /** Takes a resting connection. */
  wake(user: ConnectionUser): void {
    this.#user = user;
    this.#link.keepAwake(true);
    user.onConnected();
  }

  send({ head, body }: RequestBytes): void {
    if (this.#user !== undefined) this.#parser = new AnswerParser(this.#user);
    this.#link.write(head, true);
    // It may have closed while it was written to.
    if (this.#user === undefined) return;
    if (body instanceof Uint8Array) this.#link.write(body);
    else if (body instanceof PiecedBytes) this.#sendPieces(body);
    else if (body !== undefined) void this.#sendStream(body);
  }

  #sendPieces({ pieces }: PiecedBytes): void {
    const user = this.#user;
    for (const piece of pieces) {
      this.#link.write(piece);
      if (this.#user !== user) return;
    }
  }

  /** As fast as the upstream takes it. A body that cannot be read to its end breaks the call: half of it would be another request. */
  async #sendStream(body: StreamedBody): Promise<void> {
    const user = this.#user;
    this.#sending = true;
    let left = body.length;
    try {
      for await (const chunk of body.stream()) {
        if (this.#user !== user) return;
        left -= chunk.length;
        if (left < 0) throw new Error("a streamed body is longer than it said");
        this.#link.write(chunk);
        if (!this.#link.flushed) await new Promise<void>((resolve) => (this.#drained = resolve));
        if (this.#user !== user) return;
        user?.onSent();
      }
      if (left > 0) throw new Error("a streamed body is shorter than it said");
      this.#sending = false;
    } catch (error) {
      if (this.#user === user) this.#break(error);
    }
  }

  onDrain(): void {
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#link.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#link.resume();
  }

  destroy(): void {
    this.#user = undefined;
    this.#link.destroy();
    this.onDrain();
  }

  onOpen(): void {
    this.#user?.onConnected();
  }

  onData(bytes: Uint8Array): void {
    const parser = this.#parser;
    if (this.#user === undefined || parser === undefined) {
      // Bytes that no request asked for could pass for the next answer.
      this.#link.destroy();
      this.#onGone(this);
      return;
    }
    try {
      parser.take(bytes);
    } catch (error) {
      this.#break(error);
      return;
    }
    if (parser.done) this.#release(parser.reusable);
  }

  onClose(error: unknown): void {
    const user = this.#user;
    if (user === undefined) this.#onGone(this);
    else if (error === undefined && this.#parser?.close() === true) {
      this.#user = undefined;
      this.onDrain();
    } else this.#break(error);
  }

  #break(error: unknown): void {
    const user = this.#user;
    this.#user = undefined;
    this.#link.destroy();
    this.onDrain();
    user?.onBroken(error);
  }

  #release(reusable: boolean): void {
    // The reader may have left while the last bytes were read.
    if (this.#user === undefined) return;
    this.#user = undefined;
    this.#parser = undefined;
    if (!reusable || this.#sending || !this.#link.flushed) {
      this.#link.destroy();
      this.onDrain();
      return;
    }
    this.resume();
    this.#link.keepAwake(false);
    this.#onRest(this);
  }
}

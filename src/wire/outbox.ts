/** Whose messages wait: one end of a connection. */
export interface Sender {
  /** How often `sendNow` is still to be called: the outbox counts. */
  waiting: number;
  /**
   * Sends `bytes[from, to)`, which are another's once this returns. Throws nothing, and calls back nobody who could write: whoever
   * flushes may hold bytes that are lent.
   */
  sendNow(bytes: Buffer, from: number, to: number): void;
}

/** What an outbox needs of its surroundings. */
export interface Turns {
  /** Milliseconds of a monotonic clock, with fractions. */
  now(): number;
  /** Calls back when everything that is ready now was dealt with. */
  atEnd(callback: () => void): void;
}

const roomBytes = 256 * 1024;
/** Longer messages are worth a call of their own. */
const longestBytes = 16 * 1024;
/** Messages that follow each other so soon come from a loop that has more to do. */
const soonMs = 0.1;
/** So long one waits for others, though there is more to do; longer only behind a single thing that takes longer. */
const longestMs = 0.25;
/** What brings so many bytes may take long to understand: nothing waits for it. */
const muchBytes = 16 * 1024;

/**
 * Short messages of one turn of the event loop leave together at its end. Each that leaves alone wakes whoever waits for it, which
 * costs both sides more than the message does. One that comes alone is not kept: it would wait for nobody. What one sender says
 * with nobody between leaves as one message.
 */
export class Outbox {
  readonly #turns: Turns;
  #room: Buffer | undefined;
  #used = 0;
  readonly #senders: Sender[] = [];
  /** Where what each sender has here ends; that of the next one begins there. */
  readonly #ends: number[] = [];
  /** Senders whose bytes have left, of those above. */
  #left = 0;
  /** Flushes under way, one within the other: until the last has ended its bytes are read, and nothing else is kept. */
  #flushing = 0;
  #oldestMs = 0;
  #lastMs = 0;

  constructor(turns: Turns = { now: () => performance.now(), atEnd: setImmediate }) {
    this.#turns = turns;
  }

  /**
   * Keeps a copy of `bytes[from, to)` for the end of the turn.
   * @param more the sender has more to say at once: it is kept though it comes alone, and leaves with what follows
   * @returns false where it is not kept: then it is the sender's to send, behind those of its own that wait (`flush`)
   */
  take(sender: Sender, bytes: Uint8Array, from: number, to: number, more = false): boolean {
    const nowMs = this.#turns.now();
    const isSoon = nowMs - this.#lastMs < soonMs;
    this.#lastMs = nowMs;
    const length = to - from;
    const follows = this.#senders.length > 0 && this.#senders[this.#senders.length - 1] === sender;
    if (!(isSoon || more || follows) || length > longestBytes || this.#flushing > 0) return false;
    if (this.#senders.length === 0) {
      this.#oldestMs = nowMs;
      this.#turns.atEnd(this.flush);
    } else if (nowMs - this.#oldestMs > longestMs || this.#used + length > roomBytes) {
      this.flush();
      return false;
    }
    this.#room ??= Buffer.allocUnsafeSlow(roomBytes);
    this.#room.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#used);
    this.#used += length;
    if (follows) {
      this.#ends[this.#ends.length - 1] = this.#used;
    } else {
      sender.waiting++;
      this.#senders.push(sender);
      this.#ends.push(this.#used);
    }
    return true;
  }

  /** Something came, and is worked on now: what has waited long, or would have to, leaves first. */
  before(bytes: number): void {
    if (this.#senders.length === 0) return;
    if (bytes > muchBytes || this.#turns.now() - this.#oldestMs > longestMs) this.flush();
  }

  /** Sends everything that waits. What a sender does then may lead back here: the rest goes on where it stood. */
  readonly flush = (): void => {
    const senders = this.#senders;
    this.#flushing++;
    try {
      while (this.#left < senders.length) {
        const at = this.#left++;
        const sender = senders[at] as Sender;
        sender.waiting--;
        sender.sendNow(this.#room as Buffer, at === 0 ? 0 : (this.#ends[at - 1] as number), this.#ends[at] as number);
      }
    } finally {
      this.#flushing--;
      if (this.#left < senders.length) this.#turns.atEnd(this.flush);
      else this.#forget();
    }
  };

  #forget(): void {
    this.#senders.length = 0;
    this.#ends.length = 0;
    this.#used = 0;
    this.#left = 0;
  }
}

/** Of this process: what is asked of upstreams and what is answered to clients in one turn leaves together. */
export const outbox = new Outbox();

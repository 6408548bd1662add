import { createHash } from "node:crypto";
import type { SourceWorld } from "../sources/backend.ts";

export interface SignInFilesOptions {
  readFile: SourceWorld["readFile"];
  /** A file with which a log-in was made is no more. */
  gone(path: string): void;
  /** It is there again. */
  back(path: string): void;
  /** It holds another credential. */
  changed(): void;
  /** Nobody needs the store any more. */
  isOver(): boolean;
}

const lookEveryMs = 1_000;
/** Who puts another file in the place of one may take it away first. */
const missesUntilGone = 2;
/** What a platform writes anew all the time is the same identity with a later end (RFC 7519): the log-in that was had with it goes on. */
const token = /^[\w-]+\.[\w-]+\.[\w-]+\s*$/;

interface Seen {
  digest: string;
  misses: number;
}

/** Files that log-ins to a store of secrets are made with, beside what the config holds: they are looked at from the first log-in on. */
export class SignInFiles {
  readonly #options: SignInFilesOptions;
  readonly #seen = new Map<string, Seen>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking = false;

  constructor(options: SignInFilesOptions) {
    this.#options = options;
  }

  async read(path: string): Promise<string | undefined> {
    const text = await this.#options.readFile(path);
    if (text === undefined) return undefined;
    this.#seen.set(path, { digest: digestOf(text), misses: 0 });
    this.#timer ??= setInterval(() => void this.#look(), lookEveryMs);
    this.#timer.unref();
    return text;
  }

  async #look(): Promise<void> {
    if (this.#options.isOver()) return clearInterval(this.#timer);
    if (this.#looking) return;
    this.#looking = true;
    for (const [path, seen] of this.#seen) {
      // One that may not be read for now was not removed.
      const text = await this.#options.readFile(path).catch(() => null);
      if (text === undefined) {
        if (++seen.misses === missesUntilGone) this.#options.gone(path);
      } else if (text !== null) {
        if (seen.misses >= missesUntilGone) this.#options.back(path);
        seen.misses = 0;
        const digest = digestOf(text);
        if (digest !== seen.digest && !token.test(text)) this.#options.changed();
        seen.digest = digest;
      }
    }
    this.#looking = false;
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

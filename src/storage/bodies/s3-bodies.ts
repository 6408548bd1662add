import { BodyNotKept, type BodyPlace, type BodyStore, pathOf } from "./body-store.ts";

/** A request to S3 as it is to be signed and sent. The path is of letters that need no encoding. */
export interface S3Request {
  readonly method: "PUT" | "GET" | "DELETE";
  /** Below the endpoint: `/bucket/prefix/2026-11-21/…`. */
  readonly path: string;
  readonly body: Uint8Array | undefined;
}

export interface S3Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

export interface S3Options {
  /** Signs and sends; this room opens no sockets. @throws where there is no answer in time */
  readonly ask: (request: S3Request) => Promise<S3Answer>;
  /** What stands before each path: `/bucket/prefix`, or `/prefix` where the host names the bucket. */
  readonly base: string;
}

/** Bodies as objects of a bucket (Amazon S3 REST API: PutObject, GetObject, DeleteObject). How long they stay is the bucket's lifecycle. */
export class S3Bodies implements BodyStore {
  readonly #ask: S3Options["ask"];
  readonly #base: string;

  constructor({ ask, base }: S3Options) {
    this.#ask = ask;
    this.#base = base;
  }

  async put(place: BodyPlace, sealed: Uint8Array): Promise<void> {
    const answer = await this.#ask({ method: "PUT", path: this.#path(place), body: sealed });
    if (answer.status !== 200) throw refused(answer);
  }

  async get(place: BodyPlace): Promise<Uint8Array | undefined> {
    const answer = await this.#ask({ method: "GET", path: this.#path(place), body: undefined });
    if (answer.status === 404 && nameOf(answer) !== "NoSuchBucket") return undefined;
    if (answer.status !== 200) throw refused(answer);
    return answer.body;
  }

  /** S3 does not say whether it was there. */
  async remove(place: BodyPlace): Promise<boolean> {
    const answer = await this.#ask({ method: "DELETE", path: this.#path(place), body: undefined });
    if (answer.status !== 204 && answer.status !== 200 && answer.status !== 404) throw refused(answer);
    return answer.status !== 404;
  }

  async dropBefore(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #path(place: BodyPlace): string {
    return `${this.#base}/${pathOf(place)}`;
  }
}

function refused(answer: S3Answer): BodyNotKept {
  const name = nameOf(answer);
  return new BodyNotKept(`S3 refused with status ${answer.status}${name === undefined ? "" : ` ${name}`}`);
}

/** `<Code>` of an error's XML, where it looks like a name. */
function nameOf({ body }: S3Answer): string | undefined {
  return /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(Buffer.from(body.subarray(0, 4096)).toString("utf8"))?.[1];
}

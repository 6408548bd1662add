import { type GatewayRequest, PassedRequest } from "../../exchange/index.ts";
import type { CutBytes } from "./cut-bytes.ts";

/** A request whose body is listened to as the line reads it. */
export class HeardRequest extends PassedRequest {
  readonly #heard: CutBytes;

  constructor(http: GatewayRequest, heard: CutBytes) {
    super(http);
    this.#heard = heard;
  }

  override async body(limit: number): Promise<Uint8Array> {
    const bytes = await this.http.body(limit);
    this.#heard.add(bytes);
    return bytes;
  }

  override async *stream(limit: number): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.http.stream(limit)) {
      this.#heard.add(chunk);
      yield chunk;
    }
  }
}

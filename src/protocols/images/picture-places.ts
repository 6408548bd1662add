import type { Drawn, DrawRequest } from "../../exchange/index.ts";
import type { Question, Reply } from "../media-codec.ts";

/** Pictures that the provider keeps at addresses of its own: fetched where the caller wants the bytes. */
export function* placesOf(addresses: readonly string[], { response, stream }: DrawRequest): Generator<Question, Drawn["images"], Reply> {
  if (response !== "b64_json" && !stream) return addresses.map((url) => ({ url }));
  const images: { base64: string }[] = [];
  for (const url of addresses) {
    const { bytes } = yield { method: "GET", url, expects: "bytes" };
    images.push({ base64: Buffer.from(bytes).toString("base64") });
  }
  return images;
}

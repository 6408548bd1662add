import { expect, test } from "bun:test";
import { JsonBody } from "../../exchange/index.ts";
import { openaiImageEdits, openaiImages } from "./openai-images.ts";

test("a request for pictures whose `stream` is no yes or no is refused before anybody asks what it says", () => {
  for (const stream of ['{""""}', "[true]", "{}"]) {
    const body = JsonBody.scan(Buffer.from(`{"model":"m","prompt":"a cat","stream":${stream}}`));
    for (const { checkRequest } of [openaiImages, openaiImageEdits]) expect(() => checkRequest(body)).toThrow(/stream/);
  }
  for (const stream of ["true", '"true"', "null", "false"]) {
    const body = JsonBody.scan(Buffer.from(`{"model":"m","prompt":"a cat","stream":${stream}}`));
    expect(openaiImages.checkRequest(body)).toBeUndefined();
  }
});

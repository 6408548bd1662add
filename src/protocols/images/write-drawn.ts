import type { Drawn, DrawRequest, Usage } from "../../exchange/index.ts";
import { optional } from "../json-fields.ts";
import type { WrittenMedia } from "../media-codec.ts";

/** Pictures as OpenAI's endpoints give them; in a stream, each in the event that finishes it. @param at seconds since the epoch */
export function writeDrawn(drawn: Drawn, request: DrawRequest, event: "image_generation" | "image_edit", at: number): WrittenMedia {
  const usage = optional("usage", drawn.usage && writeUsage(drawn.usage));
  const format = drawn.format ?? request.format ?? "png";
  if (!request.stream) {
    const data = drawn.images.map((image) => ({ ...placeOf(image, request, format), ...optional("revised_prompt", image.revisedPrompt) }));
    return { type: "application/json", body: JSON.stringify({ created: at, data, output_format: format, ...usage }) };
  }
  const type = `${event}.completed`;
  const events = drawn.images.map(({ base64 = "" }) => {
    const told = {
      type,
      b64_json: base64,
      created_at: at,
      output_format: format,
      background: "auto",
      size: "auto",
      quality: "auto",
      ...usage,
    };
    return `event: ${type}\ndata: ${JSON.stringify(told)}\n\n`;
  });
  return { type: "text/event-stream; charset=utf-8", body: events.join("") };
}

/** Who wants an address of a picture that has none gets it inside of one. */
function placeOf({ url, base64 }: Drawn["images"][number], { response }: DrawRequest, format: string): object {
  if (base64 === undefined) return { url };
  return response === "url" ? { url: url ?? `data:image/${format};base64,${base64}` } : { b64_json: base64 };
}

function writeUsage(usage: Usage): object | undefined {
  const input = usage.inputUncached + usage.cacheRead;
  if (input + usage.output === 0) return undefined;
  return {
    input_tokens: input,
    input_tokens_details: { text_tokens: input - usage.inputImage, image_tokens: usage.inputImage },
    output_tokens: usage.output,
    total_tokens: input + usage.output,
  };
}

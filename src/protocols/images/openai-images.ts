import type { DrawRequest, JsonBody, Losses, MediaTask, UploadedFile } from "../../exchange/index.ts";
import { MediaStreamReader, type ToldEvent } from "../framing/media-stream.ts";
import { type Fields, optional, textOf, unsupported } from "../json-fields.ts";
import type { MediaCodec } from "../media-codec.ts";
import { metered } from "../metered.ts";
import { errorBody, faultIn, readFault } from "../openai-chat/faults.ts";
import { malformed } from "../openai-chat/json-value.ts";
import { imagesUsed, imageUsage, tokensIn } from "./image-usage.ts";
import { writeDrawn } from "./write-drawn.ts";

/** Ten pictures in base64, or one in a stream. */
const maxEventBytes = 64 * 1024 * 1024;

/** `/v1/images/generations`: a prompt in JSON; pictures as addresses or base64, whole or in events with unfinished ones before. */
export const openaiImages: MediaCodec<"draw"> = {
  ...drawing("openai-images"),
  media: "draw",
  checkRequest: (body) => checkNames(body, ["model", "prompt"]),
  facing: { readRequest, writeAnswer: (drawn, request, _losses, at) => writeDrawn(drawn, request, "image_generation", at) },
};

/** `/v1/images/edits`: pictures and a prompt, in a form or (with addresses or file ids) in JSON. */
export const openaiImageEdits: MediaCodec<"edit-image"> = {
  ...drawing("openai-image-edits"),
  media: "edit-image",
  forms: "also",
  checkRequest(body, files) {
    checkNames(body, ["model", "prompt"]);
    if (files && !files.some(isImage)) throw malformed("image", "a file, with a file name");
  },
  facing: { readRequest, writeAnswer: (drawn, request, _losses, at) => writeDrawn(drawn, request, "image_edit", at) },
};

/** `/v1/images/variations`: one picture in a form. */
export const openaiImageVariations: MediaCodec<"vary-image"> = {
  ...drawing("openai-image-variations"),
  media: "vary-image",
  forms: "always",
  checkRequest(body, files = []) {
    checkNames(body, ["model"]);
    if (files.filter(isImage).length !== 1) throw malformed("image", "one file, with a file name");
  },
  facing: { readRequest, writeAnswer: (drawn, request, _losses, at) => writeDrawn(drawn, request, "image_edit", at) },
};

function drawing(id: "openai-images" | "openai-image-edits" | "openai-image-variations") {
  return {
    id,
    streams: (body) => isTrue(body.get("stream")),
    editRequest: (body, target) => (body.get("model") === target.model ? [] : [{ name: "model", json: JSON.stringify(target.model) }]),
    foresee(body) {
      const count = Number(body.get("n") ?? 1);
      const usage = imagesUsed(Number.isSafeInteger(count) && count > 0 ? count : 1, "estimated");
      const tier = tierOf(body.get("quality"), body.get("size"));
      return tier === undefined ? usage : { ...usage, tier };
    },
    skimAnswer(json) {
      const fault = faultIn(json);
      if (fault) return [{ type: "answer-error", fault }];
      return metered(imageUsage(json));
    },
    readStream: (options) => new MediaStreamReader(options, tell),
    streamedFault: (fault) => `event: error\ndata: ${JSON.stringify({ type: "error", ...errorBody(fault) })}\n\n`,
    maxEventBytes,
    readFault,
    writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  } as const satisfies Omit<MediaCodec<MediaTask>, "media" | "checkRequest">;
}

/** Some models cost more for larger or better pictures: the name under which such a price stands. */
function tierOf(quality: unknown, size: unknown): string | undefined {
  const parts = [quality, size].filter((part) => typeof part === "string" && part !== "" && part !== "auto");
  return parts.length === 0 ? undefined : parts.join("/");
}

/** Further pictures may follow one that is finished: the stream's own end is the end. */
function tell(json: Fields): ToldEvent {
  const fault = faultIn(json);
  if (fault) return { fault };
  if (!textOf(json.type)?.endsWith(".completed")) return {};
  return { ...optional("usage", tokensIn(json.usage) ?? imagesUsed(1)), end: "whole" };
}

function checkNames(body: JsonBody, names: readonly string[]): void {
  for (const name of names) {
    const value = body.get(name);
    if (typeof value !== "string" || value === "")
      throw malformed(name, name === "model" ? "the name of a model" : "text that is not empty");
  }
  const stream = body.kind("stream");
  if (stream === "object" || stream === "array") throw malformed("stream", "true or false");
}

function isImage({ field }: UploadedFile): boolean {
  return field === "image" || field === "image[]";
}

const understood = new Set([
  ...["model", "prompt", "n", "size", "quality", "background", "output_format", "response_format", "stream", "partial_images"],
  ...["style", "moderation", "user", "output_compression", "input_fidelity"],
]);

/** What other providers have no word for, and what that costs. */
const lost: readonly (readonly [string, string, "Q" | "M"])[] = [
  ["style", "image_style", "Q"],
  ["moderation", "image_moderation", "Q"],
  ["output_compression", "image_compression", "Q"],
  ["input_fidelity", "image_fidelity", "Q"],
  ["quality", "image_quality", "Q"],
  ["partial_images", "image_partials", "Q"],
  ["user", "end_user", "M"],
];

const formats = ["png", "jpeg", "webp"] as const;
const responses = ["url", "b64_json"] as const;

function readRequest(body: JsonBody, files: readonly UploadedFile[], _context: unknown, losses: Losses): DrawRequest {
  const fields = body.parse();
  const unknown = Object.keys(fields).find((name) => !understood.has(name) && fields[name] !== null);
  if (unknown !== undefined) throw unsupported(unknown, `"${unknown}" means nothing to the provider of this model.`);
  for (const [name, code, kind] of lost) {
    if (fields[name] !== undefined && fields[name] !== null && fields[name] !== "auto") losses.add(code, name, kind);
  }
  const count = Number(fields.n ?? 1);
  if (!Number.isSafeInteger(count) || count < 1 || count > 10) throw malformed("n", "a whole number from 1 to 10");
  const images = files.filter(isImage);
  const mask = files.find(({ field }) => field === "mask");
  return {
    model: String(fields.model),
    ...optional("prompt", textOf(fields.prompt)),
    images,
    ...optional("mask", mask),
    count,
    ...optional("size", sizeOf(fields.size)),
    ...optional("background", fields.background === "auto" ? undefined : textOf(fields.background)),
    ...optional(
      "format",
      formats.find((each) => each === fields.output_format),
    ),
    ...optional(
      "response",
      responses.find((each) => each === fields.response_format),
    ),
    stream: isTrue(fields.stream),
  };
}

function sizeOf(size: unknown): DrawRequest["size"] {
  if (size === undefined || size === null || size === "auto") return undefined;
  const [, width, height] = /^([1-9]\d{1,4})x([1-9]\d{1,4})$/.exec(String(size)) ?? [];
  if (width === undefined || height === undefined) throw malformed("size", "width and height, as 1024x1024, or auto");
  return { width: Number(width), height: Number(height) };
}

/** Fields of forms are text. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && /^(true|1)$/i.test(value));
}

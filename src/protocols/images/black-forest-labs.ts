import { type Drawn, type DrawRequest, Fault, type Losses } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { type Fields, fieldsOf, textOf, unreadable, unsupported, wordOf } from "../json-fields.ts";
import type { Question, Reply } from "../media-codec.ts";
import { upstreamOnly } from "../upstream-only.ts";
import { nearestRatio } from "./aspect-ratio.ts";
import { imagesUsed } from "./image-usage.ts";
import { placesOf } from "./picture-places.ts";

const pollMs = 500;
const longestPollMs = 2_000;
const ratios = ["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"];

/** Black Forest Labs: a job is begun (`POST /v1/{model}`), asked after where its answer says, and leads to the picture's address. */
export const blackForestImages = upstreamOnly("bfl-images", "draw", draw);
export const blackForestEdits = upstreamOnly("bfl-edits", "edit-image", draw);

function* draw(request: DrawRequest, target: TargetTraits, losses: Losses): Generator<Question, Drawn, Reply> {
  if (request.background === "transparent") {
    throw unsupported("background", "The provider of this model draws no transparent background.");
  }
  if (request.mask) throw unsupported("mask", "The provider of this model edits without a mask.");
  if (request.format === "webp") throw unsupported("output_format", "The provider of this model makes no WebP.");
  const json: Record<string, unknown> = {
    prompt: request.prompt,
    output_format: request.format ?? "png",
    ...sizeOf(request, target, losses),
  };
  for (const [at, file] of request.images.entries()) {
    const { bytes } = yield { read: file };
    json[at === 0 ? "input_image" : `input_image_${at + 1}`] = Buffer.from(bytes).toString("base64");
  }
  const addresses: string[] = [];
  while (addresses.length < request.count) addresses.push(yield* made(json, target));
  return { images: yield* placesOf(addresses, request), format: request.format ?? "png", usage: imagesUsed(addresses.length) };
}

function* made(json: Record<string, unknown>, target: TargetTraits): Generator<Question, string, Reply> {
  const begun = (yield { path: `/${encodeURIComponent(target.model)}`, body: { json }, expects: "json" }).json;
  const url = wordOf(begun.polling_url);
  if (url === undefined) throw unreadable("The provider's answer does not say where its job can be asked after.");
  for (let afterMs = pollMs; ; afterMs = Math.min(afterMs * 1.2, longestPollMs)) {
    const { json: told } = yield { method: "GET", url, afterMs, expects: "json" };
    const address = addressIn(told);
    if (address !== undefined) return address;
  }
}

/** Undefined while it is being made. @throws Fault where it will not be */
function addressIn(told: Fields): string | undefined {
  switch (told.status) {
    case "Ready": {
      const address = wordOf(fieldsOf(told.result).sample);
      if (address === undefined) throw unreadable("The provider's answer holds no picture.");
      return address;
    }
    case "Request Moderated":
    case "Content Moderated":
      throw new Fault("upstream_filtered", { message: `The provider's content filter says: ${told.status}.` });
    case "Error":
    case "Failed":
    case "Task not found":
      throw new Fault("upstream_failed", { cause: new Error(textOf(told.status) ?? "") });
    default:
      return undefined;
  }
}

/** Some models take pixels, in steps of 32 up to 1440; the others a ratio. */
function sizeOf(request: DrawRequest, { model }: TargetTraits, losses: Losses): object {
  if (!request.size) return {};
  if (/kontext|ultra/.test(model)) return { aspect_ratio: nearestRatio(request, ratios, losses) };
  const { width, height } = request.size;
  const step = /flux-2/.test(model) ? 16 : 32;
  const most = /flux-2/.test(model) ? 2048 : 1440;
  const fitted = (pixels: number) => Math.min(most, Math.max(256, Math.round(pixels / step) * step));
  const size = { width: fitted(width), height: fitted(height) };
  if (size.width !== width || size.height !== height) losses.add("image_size", "size", "Q", "approximated");
  return size;
}

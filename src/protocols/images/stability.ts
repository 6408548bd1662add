import { type Drawn, type DrawRequest, Fault, type Losses } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { unreadable, unsupported, wordOf } from "../json-fields.ts";
import type { Question, Reply } from "../media-codec.ts";
import type { FormPart } from "../multipart/index.ts";
import { upstreamOnly } from "../upstream-only.ts";
import { nearestRatio } from "./aspect-ratio.ts";
import { imagesUsed } from "./image-usage.ts";

const ratios = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

/** Stability's generation (`POST /v2beta/stable-image/generate/{service}`), a form; JSON with base64 is asked for. */
export const stabilityImages = upstreamOnly("stability-images", "draw", draw);

/** Stability's inpainting (`POST /v2beta/stable-image/edit/inpaint`): the mask, or what is transparent in the picture, is redrawn. */
export const stabilityEdits = upstreamOnly("stability-edits", "edit-image", edit);

function* draw(request: DrawRequest, target: TargetTraits, losses: Losses): Generator<Question, Drawn, Reply> {
  refuseBackground(request);
  const ratio = nearestRatio(request, ratios, losses);
  const service = serviceOf(target.model);
  const form = partsOf({
    prompt: request.prompt,
    aspect_ratio: ratio,
    output_format: request.format ?? "png",
    // The one service that has several models.
    model: service === "sd3" && target.model !== "sd3" ? target.model : undefined,
  });
  return yield* made(`/generate/${service}`, form, request);
}

function* edit(request: DrawRequest): Generator<Question, Drawn, Reply> {
  refuseBackground(request);
  const [image, ...others] = request.images;
  if (!image || others.length > 0) throw unsupported("image", "The provider of this model edits one picture at a time.");
  if (request.size) throw unsupported("size", "The provider of this model gives edited pictures back in the size of the original.");
  const form: FormPart[] = [
    ...partsOf({ prompt: request.prompt, output_format: request.format ?? "png" }),
    { name: "image", file: image },
    ...(request.mask ? [{ name: "mask", file: request.mask }] : []),
  ];
  return yield* made("/edit/inpaint", form, request);
}

/** One picture an answer: several are asked for one after another. */
function* made(path: string, form: readonly FormPart[], { count, format = "png" }: DrawRequest): Generator<Question, Drawn, Reply> {
  const images: { base64: string }[] = [];
  while (images.length < count) {
    const { json } = yield { path, body: { form }, headers: { accept: "application/json" }, expects: "json" };
    if (json.finish_reason === "CONTENT_FILTERED") {
      throw new Fault("upstream_filtered", { message: "The provider's content filter held the picture back." });
    }
    const base64 = wordOf(json.image);
    if (base64 === undefined) throw unreadable("The provider's answer holds no picture.");
    images.push({ base64 });
  }
  return { images, format, usage: imagesUsed(images.length) };
}

function partsOf(fields: Readonly<Record<string, string | undefined>>): FormPart[] {
  const told = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  return told;
}

/** `core` and `ultra` are services of one model each. */
function serviceOf(model: string): "core" | "ultra" | "sd3" {
  if (/(^|-)core$/.test(model)) return "core";
  return /(^|-)ultra$/.test(model) ? "ultra" : "sd3";
}

function refuseBackground({ background }: DrawRequest): void {
  if (background === "transparent") throw unsupported("background", "The provider of this model draws no transparent background.");
}

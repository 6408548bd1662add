import { type Drawn, type DrawRequest, Fault, type Losses } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { readUsage } from "../gemini/answer/usage.ts";
import { type Fields, fieldsOf, listOf, optional, textOf, unreadable, unsupported, wordOf } from "../json-fields.ts";
import type { Question, Reply } from "../media-codec.ts";
import { upstreamOnly } from "../upstream-only.ts";
import { nearestRatio } from "./aspect-ratio.ts";
import { imagesUsed } from "./image-usage.ts";

const imagenRatios = ["1:1", "3:4", "4:3", "9:16", "16:9"];
const geminiRatios = ["21:9", "16:9", "4:3", "3:2", "5:4", "1:1", "4:5", "2:3", "3:4", "9:16"];

/** Google's pictures: Imagen (`:predict`), and Gemini's own models that draw (`:generateContent`). */
export const geminiImages = upstreamOnly("gemini-images", "draw", (request, target, losses) =>
  target.model.includes("imagen") ? imagen(request, losses) : gemini(request, losses),
);
export const geminiEdits = upstreamOnly("gemini-edits", "edit-image", (request, target: TargetTraits, losses) => {
  if (target.model.includes("imagen")) throw unsupported("model", "Imagen edits no pictures by this API.");
  return gemini(request, losses);
});

function* imagen(request: DrawRequest, losses: Losses): Generator<Question, Drawn, Reply> {
  refuseOthers(request);
  const ratio = nearestRatio(request, imagenRatios, losses);
  const json = {
    instances: [{ prompt: request.prompt }],
    parameters: {
      sampleCount: request.count,
      ...(ratio !== undefined && { aspectRatio: ratio }),
      ...(request.format && { outputOptions: { mimeType: `image/${request.format}` } }),
    },
  };
  const { json: told } = yield { path: ":predict", body: { json }, expects: "json" };
  const predictions = listOf(told.predictions).map(fieldsOf);
  const images = predictions.flatMap(({ bytesBase64Encoded, prompt }) => {
    const base64 = wordOf(bytesBase64Encoded);
    return base64 === undefined ? [] : [{ base64, ...optional("revisedPrompt", wordOf(prompt)) }];
  });
  if (images.length === 0) {
    const reason = predictions.map(({ raiFilteredReason }) => textOf(raiFilteredReason)).find((each) => each !== undefined);
    throw new Fault("upstream_filtered", { message: reason?.slice(0, 1000) ?? "The provider's content filter held the pictures back." });
  }
  if (images.length < request.count) losses.add("images_filtered", "n", "S");
  return { images, format: formatOf(predictions[0]?.mimeType), usage: imagesUsed(images.length) };
}

/** One picture an answer: several are asked for one after another. */
function* gemini(request: DrawRequest, losses: Losses): Generator<Question, Drawn, Reply> {
  refuseOthers(request);
  if (request.format) throw unsupported("output_format", "The provider of this model chooses the format itself.");
  const ratio = nearestRatio(request, geminiRatios, losses);
  const parts: object[] = [{ text: request.prompt }];
  for (const file of request.images) {
    const { bytes } = yield { read: file };
    parts.push({ inlineData: { mimeType: file.type, data: Buffer.from(bytes).toString("base64") } });
  }
  const json = {
    contents: [{ role: "user", parts }],
    generationConfig: { responseModalities: ["TEXT", "IMAGE"], ...(ratio !== undefined && { imageConfig: { aspectRatio: ratio } }) },
  };
  const images: { base64: string }[] = [];
  let usage: Drawn["usage"];
  let format = "png";
  while (images.length < request.count) {
    const { json: told } = yield { path: ":generateContent", body: { json }, expects: "json" };
    const candidate = fieldsOf(listOf(told.candidates)[0]);
    const inline = pictureIn(fieldsOf(candidate.content));
    const reason = wordOf(fieldsOf(told.promptFeedback).blockReason) ?? wordOf(candidate.finishReason);
    if (!inline) {
      if (reason !== undefined && reason !== "STOP")
        throw new Fault("upstream_filtered", { message: `The provider drew nothing: ${reason}.` });
      throw unreadable("The provider's answer holds no picture.");
    }
    images.push({ base64: String(inline.data) });
    format = formatOf(inline.mimeType);
    usage = summed(usage, readUsage(told, 0));
  }
  return { images, format, usage: usage ?? imagesUsed(images.length) };
}

/** The one that was drawn, not the drafts that its model thought in. */
function pictureIn(content: Fields): Fields | undefined {
  const parts = listOf(content.parts).map(fieldsOf);
  const drawn = parts.filter(({ inlineData }) => wordOf(fieldsOf(inlineData).data) !== undefined);
  const shown = drawn.find(({ thought }) => thought !== true) ?? drawn.at(-1);
  return shown && fieldsOf(shown.inlineData);
}

function refuseOthers({ background, mask }: DrawRequest): void {
  if (background === "transparent") throw unsupported("background", "The provider of this model draws no transparent background.");
  if (mask) throw unsupported("mask", "The provider of this model edits without a mask.");
}

function formatOf(mimeType: unknown): string {
  return textOf(mimeType)?.replace(/^image\//, "") ?? "png";
}

function summed(one: Drawn["usage"], other: Drawn["usage"]): Drawn["usage"] {
  if (!one || !other) return one ?? other;
  const names = ["inputUncached", "cacheRead", "output", "reasoning", "inputImage", "outputImage"] as const;
  return { ...one, ...Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) };
}

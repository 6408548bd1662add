import { type Drawn, type DrawRequest, Fault, type Losses } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, textOf, unreadable, unsupported, wordOf } from "../json-fields.ts";
import type { Question, Reply } from "../media-codec.ts";
import { upstreamOnly } from "../upstream-only.ts";
import { nearestRatio } from "./aspect-ratio.ts";
import { imagesUsed } from "./image-usage.ts";
import { placesOf } from "./picture-places.ts";

const pollMs = 1_000;
const ratios = ["21:9", "16:9", "4:3", "3:2", "5:4", "1:1", "4:5", "2:3", "3:4", "9:16", "9:21"];

/**
 * Replicate's predictions (`POST /v1/models/{owner}/{name}/predictions`, or `/v1/predictions` for a version): waited for as long as the
 * provider holds the line, then asked after. Inputs are those that most models which draw have in common.
 */
export const replicateImages = upstreamOnly("replicate-images", "draw", draw);
export const replicateEdits = upstreamOnly("replicate-edits", "edit-image", draw);

function* draw(request: DrawRequest, target: TargetTraits, losses: Losses): Generator<Question, Drawn, Reply> {
  if (request.background === "transparent") {
    throw unsupported("background", "The provider of this model has no common word for a transparent background.");
  }
  if (request.mask) throw unsupported("mask", "The provider of this model has no common word for a mask.");
  const ratio = nearestRatio(request, ratios, losses);
  const pictures: string[] = [];
  for (const file of request.images) {
    const { bytes } = yield { read: file };
    pictures.push(`data:${file.type};base64,${Buffer.from(bytes).toString("base64")}`);
  }
  const input = {
    prompt: request.prompt,
    ...(ratio !== undefined && { aspect_ratio: ratio }),
    ...(request.count > 1 && { num_outputs: request.count }),
    ...(request.format && { output_format: request.format === "jpeg" ? "jpg" : request.format }),
    ...(pictures.length === 1 && { input_image: pictures[0] }),
    ...(pictures.length > 1 && { input_images: pictures }),
  };
  const addresses = yield* predicted(input, target);
  if (addresses.length < request.count) {
    throw unsupported("n", `The provider of this model made ${addresses.length} of ${request.count} pictures.`);
  }
  return {
    images: yield* placesOf(addresses, request),
    ...(request.format && { format: request.format }),
    usage: imagesUsed(addresses.length),
  };
}

function* predicted(input: object, { model }: TargetTraits): Generator<Question, string[], Reply> {
  const [name = "", version] = model.split(":");
  const named = name.split("/").map(encodeURIComponent).join("/");
  // Ended by the provider itself where nobody asks after it any more.
  const headers = { prefer: "wait=30", "cancel-after": "10m" };
  const begin =
    version === undefined ? { path: `/models/${named}/predictions`, json: { input } } : { path: "/predictions", json: { version, input } };
  let told = (yield { path: begin.path, body: { json: begin.json }, headers, expects: "json" }).json;
  for (;;) {
    if (told.status === "succeeded") return addressesIn(told);
    if (told.status === "failed" || told.status === "canceled" || told.status === "aborted") throw failed(told);
    const url = wordOf(fieldsOf(told.urls).get);
    if (url === undefined) throw unreadable("The provider's answer does not say where its prediction can be asked after.");
    told = (yield { method: "GET", url, afterMs: pollMs, expects: "json" }).json;
  }
}

function addressesIn(told: Fields): string[] {
  const output = typeof told.output === "string" ? [told.output] : listOf(told.output);
  const addresses = output.filter((each) => typeof each === "string");
  if (addresses.length === 0 || addresses.length < output.length) throw unreadable("The provider's prediction holds no pictures.");
  return addresses;
}

function failed(told: Fields): Fault {
  const words = textOf(told.error) ?? "";
  if (/nsfw|safety|sensitive|moderat/i.test(words)) {
    return new Fault("upstream_filtered", { message: "The provider's content filter held the picture back." });
  }
  return new Fault("upstream_failed", { cause: new Error(words.slice(0, 1000)) });
}

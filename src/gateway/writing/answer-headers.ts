import type { Exchange, Loss, SurfaceId } from "../../exchange/index.ts";
import { streamTypes } from "../../protocols/index.ts";
import { limitHeaders } from "../limits/limit-headers.ts";
import type { Speaker } from "../line.ts";
import { browserHeaders } from "./browser-headers.ts";
import type { Speech } from "./write.ts";

const maxWarnings = 16;

/** The head of a good answer: what came, from whom, why, and what it cost. */
export function headersOf(
  exchange: Exchange,
  speaker: Speaker,
  { meter, codec, array, counters, engine }: Pick<Speech, "meter" | "codec" | "array" | "counters" | "engine">,
): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": speaker.contentType ?? (exchange.stream && !array ? streamTypes[codec.framing ?? "sse"] : "application/json"),
    "x-sluice-request-id": meter.id,
    [requestIdHeader(exchange.surface)]: meter.id,
    "x-sluice-model": inHeader(speaker.model),
    "x-sluice-provider": inHeader(speaker.provider),
    "x-sluice-route-reason": inHeader(meter.detail.routeReason ?? "kept answer"),
    "x-sluice-cache": meter.detail.cache ?? "bypass",
    "x-sluice-overhead-ms": meter.overheadMs().toFixed(1),
  };
  // The provider's own word for what it is.
  if (speaker.contentType !== undefined) Object.assign(headers, browserHeaders);
  if (counters) Object.assign(headers, limitHeaders(counters, engine));
  if (exchange.stream) {
    headers["cache-control"] = "no-cache";
    headers["x-accel-buffering"] = "no";
  } else {
    const nanos = meter.costNanos();
    if (nanos !== undefined) headers["x-sluice-cost-usd"] = dollars(nanos);
    // Callers take what stands there for counted.
    const usage = codec.usageBeside && meter.usage();
    if (usage?.source === "reported") Object.assign(headers, codec.usageBeside?.write(usage));
  }
  const downgrade = meter.detail.downgrade ? ["model_downgraded=model"] : [];
  if (speaker.losses.length + downgrade.length > 0) {
    const codes = [...new Set([...downgrade, ...speaker.losses.map(inWarning)])];
    headers["x-sluice-warning"] = codes.slice(0, maxWarnings).join(", ") + (codes.length > maxWarnings ? ", more" : "");
  }
  return headers;
}

const ofAws: readonly SurfaceId[] = ["bedrock-converse", "bedrock-invoke", "bedrock-count-tokens"];

/** The header in which the dialect's SDKs look for a request's id. */
export function requestIdHeader(surface: SurfaceId): string {
  if (ofAws.includes(surface)) return "x-amzn-requestid";
  return surface === "anthropic-messages" ? "request-id" : "x-request-id";
}

/** Nano-dollars as decimal dollars, without the rounding of a float. */
export function dollars(nanos: number): string {
  const text = String(nanos).padStart(10, "0");
  return `${text.slice(0, -9)}.${text.slice(-9)}`;
}

/** `code=member` where a member of the request itself is meant; places deep inside are in the record only. */
function inWarning({ code, path }: Loss): string {
  return /^\w{1,40}$/.test(path) ? `${code}=${path}` : code;
}

/** Names that people chose may hold anything; a header may not. */
function inHeader(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

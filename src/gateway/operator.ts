import { Fault, type GatewayRequest, type Head } from "../exchange/index.ts";
import type { Codec } from "../protocols/index.ts";
import { requestIdHeader } from "./answer-headers.ts";
import type { Line } from "./line.ts";
import type { ListedModel } from "./list-models.ts";
import { hintsOf } from "./rescue.ts";
import type { RouteMatch } from "./routes.ts";

const encoder = new TextEncoder();

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
}

/** Answers the endpoints that are no exchanges: lists and probes. They use no model, so nothing is metered. */
export async function* answerOperator(
  match: RouteMatch,
  http: GatewayRequest,
  line: Line,
  readiness: Readiness,
): AsyncGenerator<Head | Uint8Array, void> {
  switch (match.row.name) {
    case "models.list":
      return yield* json(200, modelList(line.listModels(line.identify(http, match.row)), http));
    case "models.get": {
      const found = line.listModels(line.identify(http, match.row)).find(({ id }) => id === match.rest);
      if (!found)
        throw new Fault("model_unknown", {
          message: `No model is called "${match.rest}". GET /v1/models lists the names.`,
          param: "model",
        });
      return yield* json(200, isAnthropic(http) ? anthropicModel(found) : openAiModel(found));
    }
    case "healthz":
      return yield* json(200, { status: "ok" });
    case "readyz":
      return yield* json(readiness.ready ? 200 : 503, { status: readiness.draining ? "draining" : readiness.ready ? "ready" : "starting" });
    default:
      return yield* json(200, {
        name: "sluice",
        docs: "README.md",
        endpoints: ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/v1/models"],
      });
  }
}

/** A fault outside the line, in the form of the dialect that the path belongs to. */
export function* answerFault(fault: Fault, codec: Codec, requestId: string): Generator<Head | Uint8Array, void> {
  const { status, body, headers } = codec.writeFault(fault, requestId);
  yield {
    status,
    headers: {
      "content-type": "application/json",
      "x-sluice-request-id": requestId,
      [requestIdHeader(codec.id)]: requestId,
      ...headers,
      ...hintsOf(fault),
    },
    body: encoder.encode(JSON.stringify(body)),
  };
}

function* json(status: number, body: unknown): Generator<Head | Uint8Array, void> {
  yield { status, headers: { "content-type": "application/json" }, body: encoder.encode(JSON.stringify(body)) };
}

/** Both dialects list models at the same path; Anthropic's clients always send their version. */
export function isAnthropic(http: GatewayRequest): boolean {
  return http.header("anthropic-version") !== undefined || http.path.startsWith("/v1/messages");
}

function modelList(models: readonly ListedModel[], http: GatewayRequest): unknown {
  if (!isAnthropic(http)) return { object: "list", data: models.map(openAiModel) };
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null };
}

/** Behind OpenAI's four fields stand ours: what the catalog knows. Prices are dollars per million tokens. */
function openAiModel(model: ListedModel): unknown {
  const { id, provider, targets, price, ...facts } = model;
  return {
    id,
    object: "model",
    created: 0,
    owned_by: provider,
    sluice: { targets, ...facts, ...(price && { price: dollarsPerMillion(price.rates) }) },
  };
}

function anthropicModel(model: ListedModel): unknown {
  return { type: "model", id: model.id, display_name: model.id, created_at: "1970-01-01T00:00:00Z" };
}

/** Pico-dollars a token are millionths of a dollar per million tokens. */
function dollarsPerMillion(rates: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(Object.entries(rates).flatMap(([name, picos]) => (picos === undefined ? [] : [[name, picos / 1_000_000]])));
}

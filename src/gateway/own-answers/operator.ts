import { Fault, type GatewayRequest, type Head } from "../../exchange/index.ts";
import type { Codec } from "../../protocols/index.ts";
import type { TargetState } from "../../routing/index.ts";
import type { Line } from "../line.ts";
import { type RouteMatch, routeTable } from "../routes.ts";
import { requestIdHeader } from "../writing/answer-headers.ts";
import { browserHeaders } from "../writing/browser-headers.ts";
import { hintsOf } from "../writing/rescue.ts";
import { anthropicModel, geminiModel, isAnthropic, mistralModel, modelList, ollamaModel, openAiModel } from "./model-lists.ts";
import { answerOAuth, type TokenExchange } from "./oauth.ts";

const encoder = new TextEncoder();

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
  /** What is not as it should be, whether or not requests are answered. */
  readonly degraded: readonly string[];
}

/** Answers the endpoints that are no exchanges: lists and probes. They use no model, so nothing is metered. */
export async function* answerOperator(
  match: RouteMatch,
  http: GatewayRequest,
  line: Line,
  readinessOf: () => Readiness,
  stateOf: (target: string) => TargetState,
  exchange: TokenExchange | undefined,
  metrics: () => string,
): AsyncGenerator<Head | Uint8Array, void> {
  const listed = async () => line.listModels(await line.identify(http, match.row), stateOf);
  switch (match.row.name) {
    case "models.list":
    case "azure.models.list":
    case "azure.v1.models.list":
      return yield* json(200, modelList(await listed(), http));
    case "gemini.models":
      return yield* json(200, { models: (await listed()).map(geminiModel) });
    case "mistral.models":
      return yield* json(200, { object: "list", data: (await listed()).map(mistralModel) });
    case "ollama.tags":
      return yield* json(200, { models: (await listed()).map(ollamaModel) });
    case "models.get":
    case "azure.models.get":
    case "azure.v1.models.get": {
      const found = (await listed()).find(({ id }) => id === match.rest);
      if (!found)
        throw new Fault("model_unknown", {
          message: `No model is called "${match.rest}". GET /v1/models lists the names.`,
          param: "model",
        });
      return yield* json(200, isAnthropic(http) ? anthropicModel(found) : openAiModel(found));
    }
    case "oauth.token":
    case "oauth.keys":
    case "oauth.metadata":
      return yield await answerOAuth(match.row.name, http, exchange, Date.now());
    case "metrics":
      return yield scraped(http, line, metrics);
    case "healthz":
      return yield* json(200, { status: "ok" });
    case "readyz": {
      const { ready, draining, degraded } = readinessOf();
      return yield* json(ready ? 200 : 503, {
        status: draining ? "draining" : ready ? "ready" : "failing",
        ...(degraded.length > 0 && { degraded }),
      });
    }
    default:
      return yield* json(200, {
        name: "sluice",
        docs: "/docs",
        endpoints: routeTable.filter(({ kind }) => kind === "model").map(({ path }) => path),
      });
  }
}

/** Who calls which models how much is not for everybody. @throws Fault `credentials_forbidden` */
function scraped({ peer }: GatewayRequest, { metricsFrom }: Line, metrics: () => string): Head {
  if (metricsFrom?.hold(peer) !== true) {
    throw new Fault("credentials_forbidden", {
      message: "Metrics are read from this machine only, or from the networks that the config names in metrics.from.",
    });
  }
  const headers = { ...browserHeaders, "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
  return { status: 200, headers, body: encoder.encode(metrics()) };
}

/** Who puts an error into words. */
export type Spokesman = Pick<Codec, "id" | "writeFault">;

/** A fault outside the line, in the form of the dialect that the path belongs to. */
export function* answerFault(fault: Fault, codec: Spokesman, requestId: string): Generator<Head | Uint8Array, void> {
  const { status, body, headers } = codec.writeFault(fault, requestId);
  yield {
    status,
    headers: {
      ...browserHeaders,
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
  yield {
    status,
    headers: { ...browserHeaders, "content-type": "application/json", "cache-control": "no-store" },
    body: encoder.encode(JSON.stringify(body)),
  };
}

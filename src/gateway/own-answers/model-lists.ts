import { type GatewayRequest, type Price, type RateName, type Rates, ratesOfOne } from "../../exchange/index.ts";
import type { ListedModel } from "./list-models.ts";

/** Both dialects list models at the same path; Anthropic's clients always send their version. */
export function isAnthropic(http: GatewayRequest): boolean {
  return http.header("anthropic-version") !== undefined || http.path.startsWith("/v1/messages");
}

/** As the SDK that asks for `/v1/models` expects it. */
export function modelList(models: readonly ListedModel[], http: GatewayRequest): unknown {
  if (!isAnthropic(http)) return { object: "list", data: models.map(openAiModel) };
  const data = models.map(anthropicModel);
  return { data, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null };
}

/**
 * Behind OpenAI's four fields stand ours: what the catalog, the config and the gateway's own experience know of each target. Prices
 * are as in the config: dollars per million tokens or characters, dollars for each of what is counted by one.
 */
export function openAiModel(model: ListedModel): unknown {
  const { id, provider, targets, providers, ...facts } = model;
  return {
    id,
    object: "model",
    created: 0,
    owned_by: provider,
    sluice: { targets, ...inDollars(facts), providers: providers.map(inDollars) },
  };
}

export function anthropicModel(model: ListedModel): unknown {
  return { type: "model", id: model.id, display_name: model.id, created_at: "1970-01-01T00:00:00Z" };
}

export function geminiModel({ id, contextTokens, maxOutputTokens }: ListedModel): unknown {
  return {
    name: `models/${id}`,
    displayName: id,
    ...(contextTokens !== undefined && { inputTokenLimit: contextTokens }),
    ...(maxOutputTokens !== undefined && { outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: ["generateContent"],
  };
}

/** Its clients tell base models from fine-tuned ones; what a model can do is told where it is known. */
export function mistralModel({ id, provider, contextTokens }: ListedModel): unknown {
  return {
    id,
    object: "model",
    created: 0,
    owned_by: provider,
    type: "base",
    name: id,
    capabilities: { completion_chat: true },
    ...(contextTokens !== undefined && { max_context_length: contextTokens }),
  };
}

/** Nothing is stored here, so nothing has a size, a digest or an age. */
export function ollamaModel({ id, provider }: ListedModel): unknown {
  const details = { parent_model: "", format: "", family: provider, families: [provider], parameter_size: "", quantization_level: "" };
  return { name: id, model: id, modified_at: "1970-01-01T00:00:00Z", size: 0, digest: "", details };
}

function inDollars<T extends { readonly price?: Price }>({ price, ...facts }: T) {
  return { ...facts, ...(price && { price: dollars(price.rates) }) };
}

/** Pico-dollars a token are millionths of a dollar per million tokens. */
function dollars(rates: Rates): Record<string, number> {
  return Object.fromEntries(
    Object.entries(rates).flatMap(([name, picos]) =>
      picos === undefined ? [] : [[name, picos / (ratesOfOne.has(name as RateName) ? 1e12 : 1e6)]],
    ),
  );
}

import type { TargetTraits } from "../../../protocols/index.ts";
import type { Provider } from "../../provider.ts";

export const anthropic: Provider = {
  id: "anthropic",
  title: "Anthropic",
  docs: "https://docs.anthropic.com/en/api",
  baseUrl: "https://api.anthropic.com",
  surfaces: {
    "anthropic-messages": "/v1/messages",
    "anthropic-count-tokens": "/v1/messages/count_tokens",
    "openai-models": "/v1/models",
  },
  credential: "x-api-key",
  env: { apiKey: ["ANTHROPIC_API_KEY"], baseUrl: ["ANTHROPIC_BASE_URL"] },
  headers: { "anthropic-version": "2023-06-01" },
  passHeaders: ["anthropic-version", "anthropic-beta"],
  completeBaseUrl: (url) => url.replace(/\/v1\/?$/, ""),
  traits: claudeTraits,
};

/** What changed with the model generations; `claude-FAMILY-MAJOR-MINOR`, older ones `claude-MAJOR-MINOR-FAMILY`, in the names of clouds too. */
export function claudeTraits(model: string): Partial<TargetTraits> {
  const version = /(?:^|[./])claude-(?:[a-z]+-)?(\d+)(?:-(\d{1,2}))?(?:[-@:]|$)/.exec(model);
  if (!version) return { thinking: "budget" };
  const generation = Number(version[1]) + Number(version[2] ?? 0) / 10;
  return {
    thinking: generation >= 4.6 ? "adaptive" : generation >= 3.7 ? "budget" : "none",
    sampling: generation < 4.7,
    midSystem: generation >= 4.8,
    prefill: generation < 4.6,
    jsonSchema: generation >= 4.5 || (generation >= 4.1 && model.includes("opus")),
  };
}

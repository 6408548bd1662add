import type { TargetTraits } from "../../protocols/index.ts";

/** Of Gemini's OpenAI-compatible surface, with Google itself and in its cloud: no thoughts in answers there, so none in histories. */
export const geminiTraits: Partial<TargetTraits> = {
  outputLimitField: "max_tokens",
  developerRole: false,
  reasoningField: "none",
  efforts: ["none", "minimal", "low", "medium", "high"],
};

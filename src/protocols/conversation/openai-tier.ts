const tiers = new Set(["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]);
/** What other providers call the tier that nobody has to ask for. */
const plain = new Set(["standard", "on_demand", "on-demand"]);

/** The tier that an answer was served with, by the names that OpenAI's clients know; undefined where they know none. */
export function openaiTier(tier: string | undefined): string | undefined {
  if (tier === undefined) return undefined;
  return plain.has(tier) ? "default" : tiers.has(tier) ? tier : undefined;
}

/** What providers call the tier that nobody has to ask for. */
const plain = new Set(["default", "standard", "on_demand", "on-demand"]);
const openai = new Set(["auto", "flex", "scale", "priority", "fast", "ultrafast"]);
const google = new Set(["flex", "priority", "deferred"]);

/** The tier that an answer was served with, by the names that OpenAI's clients know; undefined where they know none. */
export function openaiTier(tier: string | undefined): string | undefined {
  return named(tier, "default", openai);
}

/** The same by the names that Google's clients know. */
export function googleTier(tier: string | undefined): string | undefined {
  return named(tier, "standard", google);
}

function named(tier: string | undefined, plainName: string, others: ReadonlySet<string>): string | undefined {
  if (tier === undefined) return undefined;
  return plain.has(tier) ? plainName : others.has(tier) ? tier : undefined;
}

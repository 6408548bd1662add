/**
 * Gemini's generation by the model's name (`gemini-2.5-flash` → 2.5). Names that tell none (`gemini-flash-latest`, tuned
 * models) stand for the newest.
 */
export function generationOf(model: string): number {
  const named = /gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1];
  return named === undefined ? Number.POSITIVE_INFINITY : Number(named);
}

import type { DrawRequest, Losses } from "../../exchange/index.ts";

/**
 * The nearest of the ratios of width to height that a provider knows, for a size in pixels; undefined where the caller wants none.
 * @param known as `16:9`
 */
export function nearestRatio({ size }: DrawRequest, known: readonly string[], losses: Losses): string | undefined {
  if (!size) return undefined;
  const wanted = Math.log(size.width / size.height);
  const distance = (ratio: string) => {
    const [width = 1, height = 1] = ratio.split(":").map(Number);
    return Math.abs(Math.log(width / height) - wanted);
  };
  losses.add("image_size", "size", "Q", "approximated");
  return known.toSorted((one, other) => distance(one) - distance(other))[0];
}

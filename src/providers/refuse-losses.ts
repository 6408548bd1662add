import { type Exchange, Fault, type Losses } from "../exchange/index.ts";

/** @throws Fault `request_lossy` where the caller wants no answer to another question */
export function refuseLosses(exchange: Exchange, losses: Losses): void {
  if (!exchange.strict || losses.list.length === 0) return;
  const serious = losses.list.filter((loss) => loss.class === "S");
  if (serious.length === 0) return;
  const named = serious.map((loss) => `${loss.code} (${loss.path})`).join(", ");
  throw new Fault("request_lossy", {
    message: `x-sluice-strict: on the way to this provider would be lost: ${named}. Leave them out, call a model whose provider takes them, or send no x-sluice-strict.`,
    param: serious[0]?.path,
  });
}

import type { Exchange } from "../../exchange/index.ts";
import type { Target } from "../../providers/index.ts";
import type { Line } from "../line.ts";
import type { Speech } from "../writing/write.ts";
import { wasTried } from "./hold.ts";
import { setAside } from "./set-aside.ts";

/**
 * A way to ask a target, within what its provider is limited to: what one try may use is set aside before it, and one that failed has
 * used a request. Where the provider is used up, the next target is tried. Where none is limited, the very same function.
 */
export function withinProviders<Answer>(
  line: Line,
  exchange: Exchange,
  speech: Speech,
  ask: (target: Target, sent?: Exchange) => Promise<Answer>,
): (target: Target) => Promise<Answer> {
  const limited = line.providers;
  if (!limited) return ask;
  let before = -1;
  return async (target) => {
    const last = speech.held?.[before];
    if (last) wasTried(last);
    before = -1;
    const counters = limited.get(target.upstream.name);
    if (!counters) return ask(target);
    const within = await setAside({ counters, targets: [target], elsewhere: true }, line, exchange, speech);
    before = (speech.held?.length ?? 0) - 1;
    return ask(target, within);
  };
}

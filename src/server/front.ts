import { Fault, type GatewayRequest } from "../exchange/index.ts";
import type { Answer } from "../gateway/index.ts";
import type { OpenAdminOptions } from "./admin/open-admin-api.ts";
import { doorOf } from "./door-of.ts";
import type { Front } from "./listener.ts";

type Asked = Pick<Front, "answer" | "refuse">;

type Open = (options: OpenAdminOptions) => Promise<Asked>;

const opening: Open = async (options) => (await import("./admin/open-admin-api.ts")).openAdminApi(options);

/**
 * The gateway with the doors of operators and people beside it: the path tells whose a request is, and nothing else. What stands
 * beside the line is loaded when it is first asked: few requests are for it, and many gateways never get one.
 */
export function openFront(options: OpenAdminOptions, open: Open = opening): Front {
  const { gateway } = options.opened;
  let opened: Promise<Asked> | undefined;
  async function* beside(http: GatewayRequest, ask: (front: Asked) => Answer) {
    let front: Asked;
    try {
      opened ??= open(options);
      front = await opened;
    } catch (error) {
      // Where no file can be opened now, the next may have more luck.
      opened = undefined;
      return yield* gateway.refuse(http, Fault.from(error));
    }
    yield* ask(front);
  }
  return {
    answer: (http) => (doorOf(http.path) ? beside(http, (front) => front.answer(http)) : gateway.answer(http)),
    refuse: (http, fault) => (doorOf(http.path) ? beside(http, (front) => front.refuse(http, fault)) : gateway.refuse(http, fault)),
    isForPages: (path) => doorOf(path) === undefined,
  };
}

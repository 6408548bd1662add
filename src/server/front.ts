import type { Answer } from "../gateway/index.ts";
import type { OpenAdminOptions } from "./admin/open-admin-api.ts";
import { doorOf } from "./door-of.ts";
import type { Front } from "./listener.ts";

type Asked = Pick<Front, "answer" | "refuse">;

/**
 * The gateway with the doors of operators and people beside it: the path tells whose a request is, and nothing else. What stands
 * beside the line is loaded when it is first asked: few requests are for it, and many gateways never get one.
 */
export function openFront(options: OpenAdminOptions): Front {
  const { gateway } = options.opened;
  let opened: Promise<Asked> | undefined;
  async function open(): Promise<Asked> {
    const { openAdminApi } = await import("./admin/open-admin-api.ts");
    return openAdminApi(options);
  }
  async function* beside(ask: (front: Asked) => Answer) {
    opened ??= open();
    yield* ask(await opened);
  }
  return {
    answer: (http) => (doorOf(http.path) ? beside((front) => front.answer(http)) : gateway.answer(http)),
    refuse: (http, fault) => (doorOf(http.path) ? beside((front) => front.refuse(http, fault)) : gateway.refuse(http, fault)),
    isForPages: (path) => doorOf(path) === undefined,
  };
}

import { timingSafeEqual } from "node:crypto";
import { Fault, type GatewayRequest } from "../../exchange/index.ts";

export const csrfHeader = "x-sluice-csrf";

/**
 * Whether a browser says that one of this gateway's own pages asks. What browsers say themselves in `sec-fetch-site` counts first; a
 * request that says nothing comes from no page.
 * @param origins of this gateway, beside the name that the request was sent to
 */
export function comesFromOwnPage(http: Pick<GatewayRequest, "header">, origins: readonly string[]): boolean {
  const site = http.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = http.header("origin");
  // A page that names no referrer sends `null`; only what the browser says of the site is left to go by.
  if (origin === undefined || origin === "null") return site === "same-origin";
  return origins.includes(origin) || (URL.canParse(origin) && new URL(origin).host === http.header("host"));
}

/** Reading shows another site nothing; what changes something needs the word of the browser and that of the page. @throws Fault `credentials_forged` */
export function refuseForged(http: Pick<GatewayRequest, "header" | "method">, origins: readonly string[], csrfToken: string): void {
  if (http.method === "GET") {
    if (http.header("sec-fetch-site") === "cross-site" && http.header("sec-fetch-mode") !== "navigate")
      throw new Fault("credentials_forged");
    return;
  }
  if (!comesFromOwnPage(http, origins) || !same(http.header(csrfHeader) ?? "", csrfToken)) throw new Fault("credentials_forged");
}

/** Takes as long for any two texts of the same length. */
export function same(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}

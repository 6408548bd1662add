import * as z from "zod/mini";
import { isNetwork, Networks } from "../../auth/index.ts";

/** What the door of the gateway believes and lets in. */
export const edgeOptions = {
  hosts: z.optional(
    z
      .array(z.string().check(z.regex(/^[A-Za-z0-9.:[\]*-]+$/, "a host name, with its port where it has one")))
      .check(z.describe("Names in the Host header that the gateway answers to. Default: its own address and loopback names.")),
  ),
  trustedProxies: z.optional(
    z
      .array(z.string().check(z.refine(isNetwork, { error: "a network, as 10.0.0.0/8 or fd00::/8, or an address" })))
      .check(
        z.describe(
          "Networks of the proxies before the gateway. From them `X-Forwarded-For` is believed, from right to left as far as it names such proxies; each must add its peer to it. Default: nobody is believed.",
        ),
      ),
  ),
  metrics: z.optional(
    z
      .strictObject({
        from: z
          .array(z.string().check(z.refine(isNetwork, { error: "a network, as 10.0.0.0/8 or fd00::/8, or an address" })))
          .check(z.describe("Networks from which `/metrics` may be read without a credential; this machine only where it is one of them.")),
      })
      .check(z.describe("What Prometheus reads. Default: this machine may.")),
  ),
  hsts: z.optional(
    z
      .union([
        z.literal(false),
        z.strictObject({
          maxAgeDays: z.optional(
            z.int().check(z.gte(0), z.lte(3650), z.describe("How long they remember it. 0 makes them forget. Default 365.")),
          ),
          subdomains: z.optional(z.boolean().check(z.describe("Whether it holds for all names below the gateway's own. Default false."))),
        }),
      ])
      .check(
        z.describe(
          "Tells browsers to come by HTTPS only (`Strict-Transport-Security`). Default: where the gateway listens with `tls` beyond this machine, and where `login.publicUrl` begins with https://. Write `{}` behind a proxy that speaks TLS, `false` to say nothing.",
        ),
      ),
  ),
  cors: z.optional(
    z
      .strictObject({
        origins: z
          .array(z.string().check(z.regex(/^(\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*,]+)$/, "an origin, as https://app.example, or `*`")))
          .check(z.describe("Web origins whose pages may call models: scheme, host and port as browsers write them, or `*` for all.")),
      })
      .check(z.describe("Browsers' calls from pages of other origins. Default: none. The admin API takes none, whatever stands here.")),
  ),
};

/** As a running listener needs it. */
export interface EdgeRules {
  /** Names in the Host header that are answered to, beside the gateway's own; empty means the default. */
  readonly hosts: readonly string[];
  /** Proxies that are believed; undefined: none. */
  readonly trustedProxies?: Networks | undefined;
  /** Who may read the metrics. */
  readonly metricsFrom?: Networks;
  /** Origins of pages that may call models, `*` for all; undefined: none. */
  readonly origins?: ReadonlySet<string> | undefined;
  /** `Strict-Transport-Security` as the config says it; false: none; undefined: where TLS is known to be spoken. */
  readonly hsts?: string | false | undefined;
  /** Of the gateway's own pages, as browsers know it, where the config says so. */
  readonly ownOrigin?: string | undefined;
}

const thisMachine = new Networks(["127.0.0.0/8", "::1"]);

type EdgeDocument = { readonly [Name in keyof typeof edgeOptions]?: z.output<(typeof edgeOptions)[Name]> };

export function edgeRules({ hosts, trustedProxies, metrics, hsts, cors }: EdgeDocument, ownOrigin: string | undefined): EdgeRules {
  return {
    ownOrigin,
    hosts: hosts ?? [],
    trustedProxies: trustedProxies?.length ? new Networks(trustedProxies) : undefined,
    metricsFrom: metrics ? new Networks(metrics.from) : thisMachine,
    hsts: hsts && `max-age=${(hsts.maxAgeDays ?? 365) * 86_400}${hsts.subdomains ? "; includeSubDomains" : ""}`,
    origins: cors?.origins.length ? new Set(cors.origins) : undefined,
  };
}

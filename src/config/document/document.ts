import * as z from "zod/mini";
import { priceOptions } from "../../accounting/options.ts";
import { keyOptions, teamOptions } from "../../auth/options.ts";
import { loginOptions } from "../../auth/sessions/options.ts";
import { identityOptions } from "../../auth/tokens/options.ts";
import { cacheOptions, repeatOptions } from "../../cache/options.ts";
import { tagName, tagNameForm } from "../../exchange/index.ts";
import { alertOptions, chargebackOptions } from "../../insight/options.ts";
import type { Policy } from "../../policies/index.ts";
import { budgetOptions, limitOptions } from "../../policies/limits/options.ts";
import { credentialOptions, mediaOptions, providerOptions, retriesOption, timeoutOptions } from "../../providers/options.ts";
import { routeOptions, targetOption } from "../../routing/options.ts";
import { secretSourceOptions } from "../../secrets/options.ts";
import { bodyStoreOptions } from "../../storage/bodies/options.ts";
import { journalOption, recordOptions, storeOptions } from "../../storage/options.ts";
import { lentOptions } from "../objects/lent.ts";
import { edgeOptions } from "./edge-options.ts";
import { unwrapped } from "./schema-walk.ts";
import { tlsOptions } from "./tls-options.ts";

/** The policies that `policies[].use` may name, by id. */
export type Policies = ReadonlyMap<string, Pick<Policy, "doc" | "schema">>;

const name = (what: string, pattern: RegExp, allowed: string) =>
  z.string().check(z.regex(pattern, `${what} made of ${allowed}`), z.maxLength(200));
const providerName = name("a name", /^[A-Za-z0-9][\w.-]*$/, "letters, digits, `.`, `_` and `-`, without a slash");
const modelName = name("a name", /^[A-Za-z0-9][\w.:/@+-]*$/, "letters, digits and `. _ - : / @ +`");
export const policyName = name("a name", /^[A-Za-z0-9][\w.-]*$/, "letters, digits, `.`, `_` and `-`").check(
  z.describe("What it is called in the admin API and in plans. Default: what it uses, numbered from the second on."),
);
const teamName = name("a name", /^[A-Za-z0-9][\w.:@-]*$/, "letters, digits and `. _ - : @`");

/** `limits` and `budget`, wherever something can be used up. */
const limited = { limits: z.optional(limitOptions), budget: z.optional(budgetOptions) };
const limitedTeam = z.strictObject({ ...teamOptions.shape, ...limited }).check(z.describe("What the keys of a team may do."));
const limitedKey = z
  .strictObject({ ...keyOptions.shape, ...limited })
  .check(z.describe("A virtual key that the file owns; others are made by `sluice keys create`."));

const limitedTag = z
  .strictObject({
    ...limited,
    required: z.optional(
      z.boolean().check(z.describe("Requests that do not have it are refused. Default false: they count in no value of it.")),
    ),
  })
  .check(z.describe("What each value of the tag may use."));

/** A name of tools as requests say it, with `*` for any run of characters. */
const toolPattern = name("a name", /^[A-Za-z0-9_*][\w.:*/-]*$/, "letters, digits and `. _ - : / *`");
const limitedTool = z.strictObject(limited).check(z.describe("What requests with such a tool may use, all together."));

const limitedProvider = z.strictObject({ ...providerOptions.shape, ...limited }).check(z.describe("An upstream that answers."));

const modelOptions = z.union([
  targetOption,
  z
    .strictObject({
      ...routeOptions.shape,
      cache: z.optional(cacheOptions),
      retries: z.optional(retriesOption),
      timeouts: z.optional(timeoutOptions),
      ...limited,
    })
    .check(z.describe("A name that clients call, and who answers it.")),
]);

/** S3 is asked with the same credentials as models of AWS. */
const stores = z
  .strictObject({ ...storeOptions.shape, bodies: z.optional(bodyStoreOptions(credentialOptions)) })
  .check(z.describe("Where things are kept."));

const limits = z
  .strictObject({
    maxBodyBytes: z.optional(
      z.int().check(z.gte(1024), z.lte(1_073_741_824), z.describe("Largest body that a client may send. Default 33554432 (32 MB).")),
    ),
    maxUploadBytes: z.optional(
      z
        .int()
        .check(
          z.gte(1024),
          z.lte(8_589_934_592),
          z.describe("Largest form with files (recordings, pictures) that a client may send. Default 268435456 (256 MB)."),
        ),
    ),
    maxInFlight: z.optional(
      z.int().check(z.gte(1), z.lte(1_000_000), z.describe("Requests at work at a time; the next one is refused. Default 10000.")),
    ),
  })
  .check(z.describe("Limits of the gateway as a whole."));

/** Stores of secrets; those of clouds are asked with the same credentials as their models. */
export const secretSections = secretSourceOptions(credentialOptions);

/** The whole document, composed of the rooms' parts. */
export function documentSchema(policies: Policies) {
  return z.strictObject({
    $schema: z.optional(z.string().check(z.describe("For editors: where the JSON Schema of this file is."))),
    listen: z.optional(
      z
        .union([z.string(), z.int().check(z.gte(0), z.lte(65_535))])
        .check(z.describe("Address and port, as 127.0.0.1:8787, or a port. Default 127.0.0.1:8787.")),
    ),
    tls: z.optional(tlsOptions),
    ...edgeOptions,
    secrets: z.optional(secretSections),
    lent: z.optional(lentOptions),
    providers: z.optional(
      z
        .record(providerName, limitedProvider)
        .check(z.describe("Who can answer, by name. Default: those whose keys are in the environment.")),
    ),
    models: z.optional(z.record(modelName, modelOptions).check(z.describe("The names that clients call."))),
    teams: z.optional(z.record(teamName, limitedTeam).check(z.describe("Groups of keys."))),
    keys: z.optional(z.array(limitedKey).check(z.describe("Virtual keys that this file owns."))),
    identity: z.optional(identityOptions),
    login: z.optional(loginOptions),
    alerts: z.optional(alertOptions),
    endUsers: z.optional(
      z
        .strictObject(limited)
        .check(
          z.describe("What each end user may use, as far as callers are believed about theirs (`mayPassUser`): one counter for each."),
        ),
    ),
    sessions: z.optional(
      z
        .strictObject(limited)
        .check(
          z.describe("What each session may use, of requests that name theirs (`x-sluice-session`): one counter for each, of each key."),
        ),
    ),
    tags: z.optional(
      z
        .record(z.string().check(z.regex(tagName, `${tagNameForm}, as in \`x-sluice-metadata\``)), limitedTag)
        .check(
          z.describe("What each value of a tag may use, as each agent, feature or customer: one counter for each value, of each team."),
        ),
    ),
    tools: z.optional(
      z
        .record(toolPattern, limitedTool)
        .check(
          z.describe(
            "What requests that let the model use a tool may use, by the tool's name or a glob over names: one counter for each. A provider's own search of the web is `web_search` in every dialect, other tools of providers are named by their type, and by their own name where they have one.",
          ),
        ),
    ),
    prices: z.optional(
      z
        .record(z.string().check(z.regex(/^[^\s/]+\/\S+$/, "a glob over provider/model, as `local/*`")), priceOptions)
        .check(z.describe("Prices over those of the catalog, by globs over provider/model; the first that fits counts.")),
    ),
    chargeback: z.optional(chargebackOptions),
    policies: z.optional(policiesSchema(policies)),
    stores: z.optional(stores),
    records: z.optional(recordOptions),
    idempotency: z.optional(repeatOptions),
    limits: z.optional(limits),
    media: z.optional(mediaOptions),
    journal: z.optional(journalOption),
    drainSeconds: z.optional(
      z.number().check(z.gte(0), z.lte(86_400), z.describe("How long running requests may take to end after a stop signal. Default 600.")),
    ),
  });
}

function policiesSchema(policies: Policies) {
  const entry = policySchema(policies, { name: z.optional(policyName) });
  return z.array(entry).check(z.describe("Rules that every request passes, in order."));
}

/** One policy. @param beside what stands beside its options */
export function policySchema(policies: Policies, beside: z.core.$ZodShape): z.ZodMiniType<PolicyDocument> {
  const [first, ...others] = [...policies].map(([use, { doc, schema }]) =>
    z.strictObject({ use: z.literal(use), ...beside, ...shapeOf(use, schema) }).check(z.describe(doc)),
  );
  const entry = first === undefined ? z.never() : z.discriminatedUnion("use", [first, ...others]);
  return entry as unknown as z.ZodMiniType<PolicyDocument>;
}

/** A policy's options stand beside `use`, so its schema has to be an object. */
function shapeOf(use: string, schema: z.core.$ZodType): z.core.$ZodShape {
  const plain = unwrapped(schema)._zod.def;
  if (plain.type !== "object") throw new TypeError(`The schema of the policy ${use} is not an object.`);
  return plain.shape;
}

/** One entry of `policies`: the policy's name, and its options beside it. */
export interface PolicyDocument {
  readonly use: string;
  readonly name?: string;
  readonly [option: string]: unknown;
}

export type ConfigDocument = z.output<ReturnType<typeof documentSchema>>;

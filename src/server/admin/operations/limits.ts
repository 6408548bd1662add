import { Fault } from "../../../exchange/index.ts";
import { adjust, type Look, lookUp } from "../../../policies/index.ts";
import type { Adjustment, Scope } from "../../../storage/index.ts";
import { nameIn, type OwnedCounter, ownedCounters } from "../limited-scopes.ts";
import { type AnyCall, type OwnTools, operation } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { limitAdditionSchema, limitPage, limitQuery, limitResetSchema, limitSchema } from "../schemas/limits.ts";

/** What is left of limits and budgets. The processes tell the store within five seconds of what they have used. */
export const limitOperations = [
  operation({
    name: "limits.list",
    method: "GET",
    path: "/admin/v1/limits",
    permission: "limits:read",
    owner: "team",
    summary:
      "Limits and budgets, and what is left of them. Those of end users, sessions and values of tags are shown where `kind` and `of` name one.",
    query: limitQuery,
    status: 200,
    answer: limitPage,
    async run({ query }, tools) {
      const { kind, of, leftAtMost, ...page } = query;
      const all = (await ownedCounters(tools, { kind, of })).filter(
        (each) => (kind === undefined || each.kind === kind) && (of === undefined || each.of === of),
      );
      if (leftAtMost === undefined) {
        const { data, next } = pageOf(all.map(withId), page);
        return { status: 200, body: { data: await Promise.all(data.map((each) => shown(each, tools))), next } };
      }
      const looked = await Promise.all(all.map((each) => shown(each, tools)));
      return {
        status: 200,
        body: pageOf(
          looked.filter(({ left, limit }) => left <= leftAtMost * limit),
          page,
        ),
      };
    },
  }),
  operation({
    name: "limits.get",
    method: "GET",
    path: "/admin/v1/limits/{id}",
    permission: "limits:read",
    owner: "team",
    summary: "One of them.",
    status: 200,
    answer: limitSchema,
    async run({ object }, tools) {
      return { status: 200, body: await shown(await found(object, tools), tools) };
    },
  }),
  operation({
    name: "limits.reset",
    method: "POST",
    path: "/admin/v1/limits/{id}/reset",
    permission: "limits:write",
    owner: "team",
    summary: "Begins a limit or a budget anew, on every node at once. What is under way stays counted.",
    body: limitResetSchema,
    status: 200,
    answer: limitSchema,
    run: (call, tools) => changed(call as AnyCall, { reset: true }, tools),
  }),
  operation({
    name: "limits.add",
    method: "POST",
    path: "/admin/v1/limits/{id}/add",
    permission: "limits:write",
    owner: "team",
    summary: "Lets more be used (or less) until the window ends; the next one has the limit as it is written.",
    body: limitAdditionSchema,
    status: 200,
    answer: limitSchema,
    repeatable: true,
    run: (call, tools) => changed(call as AnyCall, { add: call.body.add }, tools),
  }),
];

async function changed(call: AnyCall, change: Adjustment, tools: OwnTools) {
  const owned = await found(call.object, tools);
  refuseMembers(owned, call.access.scope);
  if (owned.counter.measure === "concurrency")
    throw new Fault("request_malformed", { message: "What is under way ends by itself: there is nothing to begin anew or to add." });
  const look = await adjust(tools.counters, owned.counter, change, tools.now());
  return { status: 200 as const, body: asShown(owned, look) };
}

/** What limits a team or an organisation is not for its members to change. @throws Fault `grant_refused` */
function refuseMembers({ kind }: OwnedCounter, { organisation, teams }: Scope): void {
  const above =
    kind === "organisation"
      ? organisation !== undefined || teams !== undefined
      : kind === "team" || kind === "user"
        ? teams !== undefined
        : false;
  if (above) throw new Fault("grant_refused", { message: `What limits a whole ${kind} is changed by those above it.` });
}

/** @throws Fault `object_unknown` */
async function found(id: string, tools: OwnTools): Promise<OwnedCounter> {
  const all = await ownedCounters(tools, nameIn(id));
  const one = all.find(({ counter }) => counter.id === id);
  if (!one) throw new Fault("object_unknown", { message: `There is no limit ${JSON.stringify(id)}.` });
  return one;
}

function withId(owned: OwnedCounter): OwnedCounter & { readonly id: string } {
  return { ...owned, id: owned.counter.id };
}

async function shown(owned: OwnedCounter, { counters, now }: OwnTools) {
  return asShown(owned, await lookUp(counters, owned.counter, now()));
}

function asShown({ counter, kind, of }: OwnedCounter, { used, left, endsAtMs }: Look) {
  const { id, name, whose, measure, limit, instead } = counter;
  const endsAt = endsAtMs === undefined ? null : new Date(endsAtMs).toISOString();
  return { id, name, kind, of, whose, measure, limit, used: Math.round(used), left: Math.floor(left), endsAt, instead: instead ?? null };
}

import { Fault } from "../../../exchange/index.ts";
import type { BodySide, RecordStore, Scope, SettledRecord } from "../../../storage/index.ts";
import { type OwnTools, operation } from "../operation.ts";
import { bodySchema, erased, erasure } from "../schemas/bodies.ts";

/** What was asked and what was answered. Each look and each erasure is audited; who reaches a record reaches its body. */
export const bodyOperations = [
  operation({
    name: "records.body.get",
    method: "GET",
    path: "/admin/v1/records/{id}/body",
    permission: "bodies:read",
    owner: "team",
    summary: "What was asked and what was answered in one exchange, byte for byte, where it is kept. The look is audited.",
    audited: true,
    status: 200,
    answer: bodySchema,
    async run({ object }, tools) {
      const record = await recordOf(object, tools);
      const body = await archiveOf(tools).read(record);
      if (!body) throw new Fault("object_unknown", { message: notThere(record) });
      const { request, answer } = body;
      const { status, whole } = answer;
      return { status: 200, body: { id: record.id, request: shown(request), answer: { status, whole, ...shown(answer) } } };
    },
  }),
  operation({
    name: "records.body.delete",
    method: "DELETE",
    path: "/admin/v1/records/{id}/body",
    permission: "bodies:erase",
    owner: "team",
    summary: "Erase what was asked and what was answered in one exchange. Its record stays.",
    status: 204,
    async run({ object }, tools) {
      await eraseAll(await recordOf(object, tools), tools);
      return { status: 204 };
    },
  }),
  operation({
    name: "bodies.erase",
    method: "POST",
    path: "/admin/v1/bodies/erase",
    permission: "bodies:erase",
    owner: "team",
    summary: "Erase what somebody asked and was answered, within a time: for requests to be forgotten. Records stay.",
    body: erasure,
    status: 200,
    answer: erased,
    async run({ body: { since, until, ...whose }, access }, tools) {
      await refuseUnknown(whose, access.scope, tools);
      await tools.drain();
      const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
      const to = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
      const wanted = Object.entries(whose).filter(([, value]) => value !== undefined) as [keyof typeof fields, string][];
      if (wanted.length === 0)
        throw new Fault("request_malformed", { message: "Say whose: one or more of user, endUser, key and others." });
      let records = 0;
      for await (const record of recordsSince(tools.records, from)) {
        if (record.startedAt >= to || (record.detail.body?.kept !== true && record.detail.repeat === undefined)) continue;
        if (!wanted.every(([name, value]) => record[fields[name]] === value)) continue;
        await eraseAll(record, tools);
        records++;
      }
      return { status: 200, body: { erased: records } };
    },
  }),
];

/** Who acts within something names no organisation and no team beyond it. @throws Fault `object_unknown` */
async function refuseUnknown(
  { organisation, team }: { readonly organisation?: string | undefined; readonly team?: string | undefined },
  scope: Scope,
  { directory, fileTeams }: Pick<OwnTools, "directory" | "fileTeams">,
): Promise<void> {
  // What was somebody's who is gone is for the installation's own to erase.
  if (scope.organisation === undefined && scope.teams === undefined) return;
  const unknown = (what: string, id: string) => new Fault("object_unknown", { message: `There is no ${what} ${JSON.stringify(id)}.` });
  if (organisation !== undefined && organisation !== scope.organisation) throw unknown("organisation", organisation);
  const isThere = team === undefined || fileTeams.some(({ name }) => name === team) || (await directory.team.get(team)) !== undefined;
  if (!isThere) throw unknown("team", team);
}

/** The fields of a record by their names in the API. */
const fields = {
  key: "keyId",
  user: "user",
  endUser: "endUser",
  application: "application",
  serviceAccount: "serviceAccount",
  team: "team",
  organisation: "organisation",
} as const satisfies Record<string, keyof SettledRecord>;

const atOnce = 500;
/** Ids sort by when an exchange began, but for the skew of the nodes' clocks. */
const skewMs = 60_000;

async function* recordsSince(records: RecordStore, since: number): AsyncGenerator<SettledRecord> {
  for (let before: string | undefined; ; ) {
    const some = await records.recent(atOnce, before);
    for (const record of some) if (record.startedAt >= since) yield record;
    const last = some.at(-1);
    if (last === undefined || some.length < atOnce || last.startedAt < since - skewMs) return;
    before = last.id;
  }
}

async function recordOf(id: string, { records, drain }: Pick<OwnTools, "records" | "drain">): Promise<SettledRecord> {
  await drain();
  const record = await records.record(id);
  if (!record) throw new Fault("object_unknown", { message: `There is no record ${JSON.stringify(id)}.` });
  return record;
}

/** What was asked and answered, and the answer that is kept for whoever repeats the request. */
async function eraseAll(record: SettledRecord, tools: Pick<OwnTools, "bodies" | "repeats">): Promise<void> {
  await archiveOf(tools).erase(record);
  await tools.repeats.erase(record);
}

function archiveOf({ bodies }: Pick<OwnTools, "bodies">): NonNullable<OwnTools["bodies"]> {
  if (bodies) return bodies;
  throw new Fault("object_unknown", { message: "This gateway keeps no bodies." });
}

function notThere({ id, detail }: SettledRecord): string {
  const { body } = detail;
  if (body === undefined) return `The body of ${id} was not wanted: \`records.bodies\` of the config says of which exchanges it is kept.`;
  if (!body.kept) return `The body of ${id} was not kept: ${body.why}.`;
  return `The body of ${id} is not there any more: it was erased or dropped with its day, or the gateway died before it was written.`;
}

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** As text where the bytes are exactly that, else in base64. */
function shown({ type, length, truncated, bytes }: BodySide) {
  try {
    return { type, length, truncated, encoding: "utf-8", data: text.decode(bytes) };
  } catch {
    return { type, length, truncated, encoding: "base64", data: Buffer.from(bytes).toString("base64") };
  }
}

import {
  builtInRoles,
  type FaultRow,
  faultTable,
  type Permission,
  permissionsOfRole,
  permissionTable,
  type SurfaceId,
  type Task,
  taskOf,
} from "../src/exchange/index.ts";
import { routeTable } from "../src/gateway/index.ts";
import { type Provider, providers } from "../src/providers/index.ts";

const made = "<!-- Made by `npm run generate` from the code. -->";

/** docs/reference/faults.md */
export function faultReference(): string {
  const rows = Object.entries(faultTable as Readonly<Record<string, FaultRow>>).map(
    ([code, { status, blame, retryable, doc }]) => `| \`${code}\` | ${status} | ${blame} | ${retryable ? "yes" : "no"} | ${doc} |`,
  );
  return `${made}
# Faults

Every error of the gateway is a row of this table. The caller gets it in the form of its own dialect, with the code where the dialect has a place for one. *Elsewhere*: before anything of the answer was seen, the next target is tried.

| code | status | blame | elsewhere | what it means, and what to do |
|---|--:|---|---|---|
${rows.join("\n")}
`;
}

/** docs/reference/endpoints.md */
export function endpointReference(): string {
  const rows = routeTable.map(
    ({ method, path, protocol, kind, role, owner, policies }) =>
      `| \`${method} ${path}\` | ${protocol} | ${kind} | ${role} | ${owner} | ${policies === "none" ? "–" : "yes"} |`,
  );
  return `${made}
# Endpoints

A virtual key goes where the dialect's SDK puts it: \`Authorization: Bearer\`, \`x-api-key\`, \`api-key\` or \`x-goog-api-key\`. *caller*: wants a virtual key. *owner*: whose the thing is that it gives back.

| endpoint | speaks | kind | role | owner | policies |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

/** The page's columns, one for each task. */
const titles: Readonly<Record<Task, string>> = {
  chat: "chat",
  embed: "embeddings",
  rerank: "rerank",
  moderate: "moderation",
  transcribe: "transcription",
  "translate-sound": "translation of speech",
  speak: "speech",
  draw: "pictures",
  "edit-image": "edited pictures",
  "vary-image": "variations of pictures",
  compact: "compaction of a conversation",
  count: "token counting",
  list: "list of models",
};
const columns = Object.entries(titles) as readonly (readonly [Task, string])[];

/** docs/reference/providers.md: who there is, and the capability matrix. */
export function providerReference(): string {
  const all = [...providers.values()];
  const code = (names: readonly string[] | undefined) => (names ?? []).map((name) => `\`${name}\``).join(", ");
  const address = ({ baseUrl, env, answer }: Provider) =>
    answer
      ? "built in"
      : [baseUrl === undefined ? "*yours*" : `\`${baseUrl}\``, code(env.baseUrl)].filter((part) => part !== "").join(", ");
  const rows = all.map((provider) =>
    [
      `| [${provider.title}](${provider.docs})`,
      `\`${provider.id}\``,
      address(provider),
      provider.credential === "bearer" ? "Bearer" : provider.credential === "none" ? "none" : `\`${provider.credential}\``,
      `${code(provider.env.apiKey)} |`,
    ].join(" | "),
  );
  const matrix = all.map((provider) => `| ${provider.title} | ${columns.map(([task]) => surfacesOf(provider, task)).join(" | ")} |`);
  return `${made}
# Providers

${providers.size} kinds of provider, those who make models before those who sell them. *address*: where the API is, unless the config says \`baseUrl\` or the variable is set; *yours*: one of the two has to say it. *credential*: where the key goes, \`Authorization: Bearer\` or a header of its own.

| provider | type | address | credential | key from |
|---|---|---|---|---|
${rows.join("\n")}

## What each can do

The surfaces that each has, by what they are for. The surface closest to the caller's dialect is asked; between surfaces of one task the gateway translates. In brackets: some deployments have it, \`dialects\` in the config switches it on. What a *model* can do (tools, pictures, reasoning, lengths, prices) is in the catalog: \`GET /v1/models\`.

| provider | ${columns.map(([, title]) => title).join(" | ")} |
|---|${columns.map(() => "---").join("|")}|
${matrix.join("\n")}
`;
}

function surfacesOf({ surfaces, optionalSurfaces }: Provider, task: Task): string {
  const of = (ids: object | undefined) => Object.keys(ids ?? {}).filter((id) => taskOf(id as SurfaceId) === task);
  return [...of(surfaces), ...of(optionalSurfaces).map((id) => `(${id})`)].join(", ");
}

/** docs/reference/roles.md */
export function roleReference(operations: readonly { readonly name: string; readonly permission: string }[]): string {
  const rows = Object.entries(permissionTable).map(([name, { doc }]) => {
    const has = builtInRoles.map((role) => (permissionsOfRole(role)?.includes(name as Permission) ? "✓" : ""));
    const needing = operations.filter(({ permission }) => permission === name).map((row) => `\`${row.name}\``);
    return `| \`${name}\` | ${has.join(" | ")} | ${doc} | ${needing.join(" ")} |`;
  });
  return [
    "# Roles",
    "",
    "Made from the table of permissions and the table of operations by `npm run generate`. [access.md](../access.md) says who gets a role and how.",
    "",
    `| permission | ${builtInRoles.join(" | ")} | | operations |`,
    `|---|${builtInRoles.map(() => ":-:").join("|")}|---|---|`,
    ...rows,
    "",
  ].join("\n");
}

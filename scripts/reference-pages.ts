import { type FaultRow, faultTable } from "../src/exchange/index.ts";
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

/** docs/reference/providers.md */
export function providerReference(): string {
  const surfaces = ["openai-chat", "openai-responses", "anthropic-messages", "openai-embeddings", "openai-models"] as const;
  const mark = (provider: Provider, surface: (typeof surfaces)[number]) =>
    provider.surfaces[surface] ? "yes" : provider.optionalSurfaces?.[surface] ? "on request" : "";
  const code = (names: readonly string[] | undefined) => (names ?? []).map((name) => `\`${name}\``).join(", ");
  const address = ({ baseUrl, env, answer }: Provider) =>
    answer
      ? "built in"
      : [baseUrl === undefined ? "*yours*" : `\`${baseUrl}\``, code(env.baseUrl)].filter((part) => part !== "").join(", ");
  const rows = [...providers.values()].map((provider) =>
    [
      `| [${provider.title}](${provider.docs})`,
      `\`${provider.id}\``,
      address(provider),
      provider.credential === "bearer" ? "Bearer" : provider.credential === "none" ? "none" : `\`${provider.credential}\``,
      code(provider.env.apiKey),
      `${surfaces.map((surface) => mark(provider, surface)).join(" | ")} |`,
    ].join(" | "),
  );
  return `${made}
# Providers

${providers.size} kinds of provider, those who make models before those who sell them. The surface closest to the caller's dialect is asked; the rest is translated. *on request*: some deployments have it, \`dialects\` in the config switches it on. *address*: where the API is, unless the config says \`baseUrl\` or the variable is set; *yours*: one of the two has to say it. *credential*: where the key goes, \`Authorization: Bearer\` or a header of its own.

| provider | type | address | credential | key from | ${surfaces.join(" | ")} |
|---|---|---|---|---|${surfaces.map(() => "---").join("|")}|
${rows.join("\n")}
`;
}

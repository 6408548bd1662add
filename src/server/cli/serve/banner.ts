import { providers as kinds } from "../../../providers/index.ts";
import type { ServerFacts } from "../../workers/messages.ts";
import { columns } from "../columns.ts";

export interface BannerFacts {
  readonly server: ServerFacts;
  readonly configPath: string | undefined;
  readonly dataFolder: string;
  /** The environment set the admin key, so none was made. */
  readonly adminKeyGiven: boolean;
}

/** What a start prints: where the gateway is, keys that were made, a command to try as it stands, and what to do next. */
export function banner({ server, configPath, dataFolder, adminKeyGiven }: BannerFacts): string {
  const { url, firstKeys, providers = [] } = server;
  const rows = [
    [
      "  config",
      configPath === undefined
        ? "none: providers come from the environment and from this machine"
        : `${configPath} (changes are picked up)`,
    ],
    ["  data", dataFolder],
    ["  providers", providers.length === 0 ? "none yet" : providers.join(", ")],
  ];
  const parts = [`Sluice serves on ${url}\n\n${columns(rows)}`];
  if (firstKeys?.admin !== undefined || firstKeys?.virtual !== undefined) {
    const keys = [
      ["  admin key", firstKeys.admin ?? (adminKeyGiven ? "as SLUICE_ADMIN_KEY gives it" : "as it was")],
      ...(firstKeys.virtual === undefined ? [] : [["  virtual key", firstKeys.virtual]]),
    ];
    parts.push(`Made for you now and shown only this once; the gateway keeps their hashes:\n\n${columns(keys)}`);
  }
  parts.push(`Try it:\n\n${curlLine(server)}`);
  parts.push(`Next:\n\n${columns(nextSteps(server, configPath))}`);
  return `\n${parts.join("\n\n")}\n\n`;
}

function curlLine({ url, firstKeys, tryModel = "demo/chat" }: ServerFacts): string {
  const body = JSON.stringify({ model: tryModel, messages: [{ role: "user", content: "Hello" }] }).replaceAll("'", "'\\''");
  // Without a key at hand the line takes it from a variable, so that it still works as it stands.
  const authorization =
    firstKeys?.virtual === undefined ? '"authorization: Bearer $SLUICE_KEY"' : `'authorization: Bearer ${firstKeys.virtual}'`;
  return `  curl ${url}/v1/chat/completions -H ${authorization} -H 'content-type: application/json' -d '${body}'`;
}

function nextSteps({ url, firstKeys, providers }: ServerFacts, configPath: string | undefined): readonly (readonly string[])[] {
  const onlyBuiltIn = (providers ?? []).every((name) => kinds.get(name)?.answer !== undefined);
  return [
    ...(firstKeys?.virtual === undefined ? [["  sluice keys create NAME", "makes a key for $SLUICE_KEY"]] : []),
    ...(onlyBuiltIn && configPath === undefined
      ? [["  OPENAI_API_KEY=… npm start", "adds a provider; every SDK's own variable works"]]
      : []),
    [`  OPENAI_BASE_URL=${url}/v1`, `points OpenAI's SDKs here; ANTHROPIC_BASE_URL=${url} Anthropic's`],
    ["  sluice doctor · models · usage", "check the providers, list the models, sum up the cost"],
    ["  sluice --help", "from a clone: node scripts/sluice.mjs --help"],
  ];
}

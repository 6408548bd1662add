import { dialectIds, Fault, type FaultCode, faultTable } from "../../src/exchange/index.ts";
import { dialects } from "../../src/protocols/every-codec.ts";
import { isObject, type Json, textOf } from "../transcripts/exchange.ts";
import { documentedErrors, readTold } from "./read-told.ts";
import { recordedErrors } from "./recorded.ts";
import type { ToldError } from "./told-error.ts";

/** `docs/reference/provider-errors.md`: what each error of a provider's means, and what the caller gets of it. */
export function providerErrorReference(): string {
  const providers = new Set(documentedErrors.map(({ provider }) => provider));
  return `# Errors of the providers

<!-- Written by \`npm run generate\` from test/errors, which runs the codecs; do not edit. -->

What ${documentedErrors.length} documented error answers of ${providers.size} providers mean, and ${Object.keys(recordedErrors).length} recorded ones, each read by the codec of its dialect. The rows of the gateway's own table are in [faults.md](faults.md). *Elsewhere*: before anything of the answer was seen, the next target is tried. *Wait*: the upstream's Retry-After, in seconds, told to the caller where no target was left. A provider's own words reach the caller only where the caller's request was wrong or was filtered.

${table([["provider", "about", "status", "its names", "means", "blame", "elsewhere", "wait"], ...documentedErrors.map(rowOf)])}

## Recorded

${table([["recording", "means"], ...Object.entries(recordedErrors).map(([id, { means, nativeCode }]) => [`\`${id.replace(/__/g, " ").split(" ")[0]}…${id.slice(-24)}\``, named(means, nativeCode)])])}

## What the caller gets

Status, and the name that its SDK goes by. A refusal of the gateway's own credential is never 401 or 403.

${table([["fault", ...dialectIds], ...callerRows()])}
`;
}

function rowOf(told: ToldError): string[] {
  const fault = readTold(told);
  const row = faultTable[told.means];
  const wait = fault?.retryAfterMs === undefined ? "" : String(fault.retryAfterMs / 1000);
  const names = namesIn(told);
  return [
    ...[`[${told.provider}](${told.source})`, told.about, told.inside ? "in a 200" : String(told.status)],
    ...[names.map((name) => `\`${name}\``).join(" "), named(fault?.code ?? told.means, fault?.nativeCode), row.blame],
    ...[row.retryable ? "yes" : "no", wait],
  ];
}

function named(code: FaultCode, nativeCode: string | undefined): string {
  return code === "upstream_rejected" && nativeCode !== undefined ? `\`${code}\` (${nativeCode})` : `\`${code}\``;
}

/** The words of the body that are names, not sentences. */
function namesIn({ body, headers, exception }: ToldError): string[] {
  const outer = isObject(body) ? body : {};
  const error = isObject(outer.error) ? outer.error : outer;
  const first = (list: unknown): Json => (Array.isArray(list) && isObject(list[0]) ? list[0] : {});
  const base = isObject(outer.base_resp) ? outer.base_resp : {};
  const found = [
    ...[exception, headers?.["x-amzn-errortype"]?.split(":")[0], error.type, error.code, error.status, first(error.details).reason],
    ...[first(outer.errors).code, first(outer.errors).key, outer.reason, outer.error_code, outer.error_type, base.status_code],
  ];
  const words = found
    .map((name) => (typeof name === "number" ? String(name) : textOf(name)))
    .filter((name) => name !== "" && name !== "error");
  return [...new Set(words)].filter((name) => !/^[1-5]\d\d$/.test(name));
}

function callerRows(): string[][] {
  const seen = new Map<string, Fault>();
  for (const told of documentedErrors) {
    const fault = readTold(told);
    if (fault) seen.set(`${fault.code} ${fault.status}`, new Fault(fault.code, { status: fault.status }));
  }
  return [...seen.values()]
    .sort((left, right) => (`${left.code}${left.status}` < `${right.code}${right.status}` ? -1 : 1))
    .map((fault) => [
      fault.status === faultTable[fault.code].status ? `\`${fault.code}\`` : `\`${fault.code}\` as ${fault.status}`,
      ...dialectIds.map((caller) => {
        const { status, body, headers } = dialects[caller].writeFault(fault, "req_1");
        const name = nameIn(body) ?? headers?.["x-amzn-errortype"];
        return name === undefined ? String(status) : `${status} \`${name}\``;
      }),
    ]);
}

function nameIn(body: unknown): string | undefined {
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  const name = textOf(error.status) || textOf(error.type);
  return name === "" ? undefined : name;
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

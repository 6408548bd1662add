import { Fault, type GatewayRequest, type Principal, tagName, tagNameForm } from "../../exchange/index.ts";

/** Cloudflare's and Portkey's callers send the same under names of theirs. */
const headers = ["x-sluice-metadata", "cf-aig-metadata", "x-portkey-metadata"] as const;
const mostBytes = 4096;
const mostTags = 20;
const longestValue = 256;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * What a caller says of a request, for cost and search: a JSON object of texts, numbers and truth values, in the first of these headers
 * that is there. The labels of the caller's key go before its own words: what a key is charged to is not for its holder to choose.
 *
 * @returns undefined where the caller sent none
 * @throws Fault `request_malformed`: a cost whose tags were dropped would be charged to nobody
 */
export function readTags(http: GatewayRequest, { metadata: labels }: Principal): Readonly<Record<string, string>> | undefined {
  for (const name of headers) {
    const text = http.header(name);
    if (text !== undefined) return tagsIn(text, name, labels);
  }
  return undefined;
}

function tagsIn(text: string, header: string, labels: Principal["metadata"]): Readonly<Record<string, string>> {
  const wrong = (why: string) => new Fault("request_malformed", { message: `${header} ${why}.`, param: header });
  if (text.length > mostBytes) throw wrong(`has more than ${mostBytes} bytes`);
  const tags: [string, string][] = [];
  for (const [name, value] of Object.entries(objectIn(text, wrong))) {
    if (!tagName.test(name)) throw wrong(`names a tag that is not ${tagNameForm}`);
    if (value === null) continue;
    if (typeof value === "object") throw wrong(`has no text, number, true or false at ${name}`);
    const written = String(value);
    if (written.length > longestValue) throw wrong(`has more than ${longestValue} characters at ${name}`);
    tags.push([name, written]);
  }
  const metadata = { ...Object.fromEntries(tags), ...labels };
  if (Object.keys(metadata).length > mostTags) throw wrong(`has, with the labels of the key, more than ${mostTags} tags`);
  return metadata;
}

/** Headers are bytes: what stands in them beyond ASCII is UTF-8. */
function objectIn(text: string, wrong: (why: string) => Fault): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(Buffer.from(text, "latin1")));
  } catch {
    throw wrong("is no JSON in UTF-8");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("is no JSON object");
  return value as Readonly<Record<string, unknown>>;
}

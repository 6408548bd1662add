import { Fault, JsonBody } from "../../../src/exchange/index.ts";
import { mutatedBytes } from "../mutate-bytes.ts";
import { mutatedJson } from "../mutate-json.ts";
import { attempt, Broken, type TargetMaker } from "../target.ts";

const decoder = new TextDecoder();

/** The scan of a body's top level, against the runtime's own JSON parser. */
export const jsonBodyTargets: TargetMaker = ({ all: { requests } }) => [
  {
    name: "json-body",
    input(random) {
      const text = Buffer.from(mutatedJson(random.pick(requests), requests, random));
      return random.oneIn(3) ? mutatedBytes(text, Buffer.from(random.pick(requests).text), random) : text;
    },
    check(input, random) {
      const body = attempt("request", () => JsonBody.scan(input));
      const parsed = parsedBy(() => JSON.parse(decoder.decode(input)));
      if (body instanceof Fault) {
        const other = body.code === "request_too_deep" || /stands twice/.test(body.message);
        if (!other && isObject(parsed)) throw new Broken("a good body is refused", body.message);
        return;
      }
      if (isObject(parsed)) compare(body, parsed);
      // A number, or none: what was edited must be found where it was put, and nothing else may change.
      const name = random.oneIn(2) ? random.pick([...body.names, "model"]) : "fresh";
      const spliced = JsonBody.scan(body.splice([{ name, json: '{"a":[1,"\\""]}' }]));
      if (JSON.stringify(spliced.get(name)) !== '{"a":[1,"\\""]}') throw new Broken("an edit is not where it was put");
      const without = JsonBody.scan(spliced.splice([{ name, json: undefined }]));
      if (without.has(name)) throw new Broken("a member stays that was taken out");
      for (const other of body.names) {
        if (other !== name && !same(without.raw(other), body.raw(other))) throw new Broken("an edit changes another member", other);
      }
    },
  },
];

function compare(body: JsonBody, parsed: Record<string, unknown>): void {
  const names = [...body.names].sort().join("\n");
  if (names !== Object.keys(parsed).sort().join("\n")) throw new Broken("the scan finds other members than the parser", names);
  for (const name of body.names) {
    if (JSON.stringify(body.get(name)) !== JSON.stringify(parsed[name])) throw new Broken("a member's value differs", name);
  }
}

function same(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left !== undefined && right !== undefined && Buffer.compare(left, right) === 0;
}

function parsedBy(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

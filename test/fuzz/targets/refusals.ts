import { Fault, faultTable } from "../../../src/exchange/index.ts";
import { codecs } from "../../../src/protocols/every-codec.ts";
import { seedsOf } from "../corpus.ts";
import { mutatedBytes } from "../mutate-bytes.ts";
import { mutatedJson } from "../mutate-json.ts";
import { Broken, type Target, type TargetMaker } from "../target.ts";

const statuses = [400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 451, 498, 499, 500, 502, 503, 504, 520, 529, 599, 999];
const waits = ["1", "0", "-1", "1e9", "99999999999999999999", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "0.5", "", "Infinity", " 3 "];
const waitNames = ["retry-after", "retry-after-ms", "date", "x-amzn-errortype", "x-ratelimit-reset"];

/** Error answers of every codec: whatever they hold is a fault, and every codec can tell it to its callers. */
export const refusalTargets: TargetMaker = (corpus) =>
  Object.values(codecs).map((codec): Target => {
    const { refusals } = seedsOf(corpus, codec.id);
    const donors = refusals.map(({ body }) => body);
    return {
      name: `${codec.id}-refusal`,
      input(random) {
        const text = Buffer.from(mutatedJson(random.pick(donors), donors, random));
        return random.oneIn(5) ? mutatedBytes(text, Buffer.from(random.pick(donors).text), random) : text;
      },
      check(input, random) {
        const seed = random.pick(refusals);
        const headers: Record<string, string> = { ...seed.headers, [random.pick(waitNames)]: random.pick(waits) };
        const status = random.oneIn(2) ? seed.status : random.pick(statuses);
        const fault = codec.readFault({ status, header: (name) => headers[name], body: input });
        if (!(fault instanceof Fault) || faultTable[fault.code].blame === "gateway")
          throw new Broken("a refusal is no fault of the upstream's");
        if (fault.status === 401 || fault.status < 400 || fault.status > 599)
          throw new Broken("a refusal has a status that is none", String(fault.status));
        if (fault.retryAfterMs !== undefined && !(fault.retryAfterMs >= 0))
          throw new Broken("a time to wait is none", String(fault.retryAfterMs));
        const written = random.pick(Object.values(codecs)).writeFault(fault, "req_1");
        JSON.parse(JSON.stringify(written.body));
      },
    };
  });

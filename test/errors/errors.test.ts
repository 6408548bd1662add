import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dialectIds } from "../../src/exchange/index.ts";
import { codecs, dialects } from "../../src/protocols/every-codec.ts";
import { providers } from "../../src/providers/index.ts";
import { onlyProvider } from "../transcripts/ask-gateway.ts";
import { type Bench, openBench } from "../transcripts/bench.ts";
import { simpleRequest } from "../transcripts/canned.ts";
import { errorMessage } from "../transcripts/cross-dialect.ts";
import { loadTranscripts, transcriptsFolder } from "../transcripts/load.ts";
import { bytesOf, documentedErrors, readTold, readWhole } from "./read-told.ts";
import { recordedErrors } from "./recorded.ts";

describe("a documented error", () => {
  test.each(documentedErrors.map((told) => [`${told.provider}: ${told.about}`, told] as const))(
    "of %s means what it says",
    (_name, told) => {
      const fault = readTold(told);
      expect([fault?.code, told.nativeCode && fault?.nativeCode, fault?.retryAfterMs]).toEqual([
        told.means,
        told.nativeCode,
        told.retryAfterMs,
      ]);
      if (told.inside && told.exception === undefined) expect(readWhole(told)?.code).toBe(told.means);
      expect(fault?.blame).toBe(fault?.code === "upstream_rejected" || fault?.code === "upstream_filtered" ? "client" : "upstream");
    },
  );

  test("is of a provider that is declared, in a dialect that it speaks", () => {
    const strange = documentedErrors.filter(({ provider, dialect }) => {
      const declared = providers.get(provider);
      return declared?.surfaces[dialect] === undefined && declared?.optionalSurfaces?.[dialect] === undefined;
    });
    expect(strange.map(({ provider, dialect }) => `${provider}: ${dialect}`)).toEqual([]);
    console.log(
      `${documentedErrors.length} documented errors of ${new Set(documentedErrors.map(({ provider }) => provider)).size} providers.`,
    );
  });

  test.each([...dialectIds])("reaches callers of %s in their own form, and never as a wrong key of theirs", (caller) => {
    for (const told of documentedErrors) {
      const fault = readTold(told);
      if (!fault) throw new Error(`${told.provider}: ${told.about} is no fault`);
      const { status, body } = dialects[caller].writeFault(fault, "req_1");
      const message = errorMessage(caller, JSON.stringify(body));
      expect([told.provider, told.about, typeof message]).toEqual([told.provider, told.about, "string"]);
      if (fault.code === "upstream_credentials") expect([502, 503]).toContain(status);
      else expect([401, 403]).not.toContain(status);
      // The account's own troubles are not the caller's to read.
      const heard = fault.blame === "upstream" ? sentencesIn(told.body).filter((words) => JSON.stringify(body).includes(words)) : [];
      expect([told.provider, told.about, heard]).toEqual([told.provider, told.about, []]);
    }
  });
});

function sentencesIn(value: unknown): string[] {
  if (typeof value === "string") return value.includes(" ") && value.length > 12 ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(sentencesIn) : [];
}

const folder = transcriptsFolder();

describe.skipIf(folder === undefined)("a recorded error", () => {
  const exchanges = folder === undefined ? [] : loadTranscripts(folder).exchanges;

  test.each(Object.entries(recordedErrors))("of %s means what it says [needs ../shared/data]", (id, { means, nativeCode }) => {
    const exchange = exchanges.find((one) => one.id === id);
    const answer = exchange?.answer;
    const codec = codecs[exchange?.dialect ?? "openai-chat"];
    if (!answer) throw new Error("no such recording");
    const fault = codec.readFault({ status: answer.status, header: (name) => answer.headers[name], body: answer.body });
    expect([fault.code, nativeCode && fault.nativeCode]).toEqual([means, nativeCode]);
  });
});

describe("a refusal of our own credential", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  // Those of sound and pictures stand in test/media: they are asked in other ways.
  const refusals = documentedErrors.flatMap(({ dialect, ...told }) => {
    const spoken = dialectIds.find((id) => id === dialect);
    return told.means === "upstream_credentials" && !told.inside && spoken ? [{ ...told, dialect: spoken }] : [];
  });
  test.each(refusals.map((told) => [`${told.provider}: ${told.about}`, told] as const))(
    "by %s is never the caller's 401",
    async (_name, told) => {
      const { dialect, status, headers = {} } = told;
      const answer = { status, headers: { "content-type": "application/json", ...headers }, body: bytesOf(told) };
      for (const caller of dialectIds) {
        const body = simpleRequest(caller, "m", false);
        const reply = await bench.ask({ caller, provider: onlyProvider(dialect), body, stream: false }, { dialect, answer });
        expect([caller, reply.status === 502 || reply.status === 503, typeof errorMessage(caller, reply.text)]).toEqual([
          caller,
          true,
          "string",
        ]);
        expect(sentencesIn(told.body).filter((words) => reply.text.includes(words))).toEqual([]);
      }
    },
  );
});

const model = folder === undefined ? "" : join(folder, "../specs/aws-bedrock/bedrock-runtime-2023-09-30.smithy.json");

test.skipIf(folder === undefined)("exceptions of Bedrock have the status of AWS's own model [needs ../shared/data]", () => {
  const { shapes } = JSON.parse(readFileSync(model, "utf8")) as { shapes: Record<string, { traits?: Record<string, unknown> }> };
  let compared = 0;
  for (const { provider, headers, status } of documentedErrors) {
    const name = headers?.["x-amzn-errortype"]?.split(":")[0];
    const told = shapes[`com.amazonaws.bedrockruntime#${name}`]?.traits?.["smithy.api#httpError"];
    if (provider !== "bedrock" || told === undefined) continue;
    compared++;
    expect([name, status]).toEqual([name, told as number]);
  }
  expect(compared).toBeGreaterThan(8);
});

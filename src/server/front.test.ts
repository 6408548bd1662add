import { describe, expect, test } from "bun:test";
import { Fault, type GatewayRequest } from "../exchange/index.ts";
import { openFront } from "./front.ts";

/** Says who answered. */
async function* said(who: string) {
  yield { status: 200, headers: [["x-who", who]] } as never;
}

async function whoAnswers(answer: AsyncIterable<unknown> | Iterable<unknown>): Promise<string> {
  for await (const head of answer as AsyncIterable<{ headers: [[string, string]] }>) return head.headers[0][1];
  return "nobody";
}

describe("the front", () => {
  const gateway = { answer: () => said("line"), refuse: (_: GatewayRequest, { code }: Fault) => said(`line: ${code}`) };
  const options = { opened: { gateway } } as never;
  const asked = (path: string) => ({ path }) as GatewayRequest;

  test("opens the doors beside the line once, for all who wait", async () => {
    let opened = 0;
    const front = openFront(options, async () => {
      opened++;
      return { answer: () => said("door"), refuse: () => said("door: no") } as never;
    });
    expect(await whoAnswers(front.answer(asked("/v1/models")))).toBe("line");
    expect(opened).toBe(0);
    const both = [front.answer(asked("/admin/v1/keys")), front.refuse(asked("/scim/v2/Users"), new Fault("request_malformed"))];
    expect(await Promise.all(both.map(whoAnswers))).toEqual(["door", "door: no"]);
    expect(opened).toBe(1);
  });

  test("says that they cannot be opened now, and tries again for the next", async () => {
    let tries = 0;
    const front = openFront(options, async () => {
      if (++tries === 1) throw new Error("EMFILE: too many open files");
      return { answer: () => said("door") } as never;
    });
    expect(await whoAnswers(front.answer(asked("/admin/v1/keys")))).toBe("line: gateway_failed");
    expect(await whoAnswers(front.answer(asked("/admin/v1/keys")))).toBe("door");
  });
});

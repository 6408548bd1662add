import { describe, expect, test } from "bun:test";
import { Fault, type Head } from "../../exchange/index.ts";
import { type Answer, respond, WebRequest } from "./web.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** What the line did, in order. */
function line(body: (http: WebRequest) => Head["body"]) {
  const http = new WebRequest(new Request("http://localhost/v1/x"));
  const seen: string[] = [];
  async function* answer(): Answer {
    try {
      yield { status: 200, headers: {}, body: body(http) };
      seen.push("behind the body");
      yield bytes("+last");
    } catch (error) {
      seen.push(Fault.from(error).code);
      yield bytes("+fault");
    } finally {
      seen.push("settled");
    }
  }
  return { http, seen, response: () => respond(http, answer()) };
}

/** Says a word, then waits until the client has left. */
async function* waiting(http: WebRequest): AsyncGenerator<Uint8Array, undefined> {
  yield bytes("one");
  await new Promise<void>((left) => http.signal.addEventListener("abort", left));
  throw new Fault("client_gone");
}

describe("an answer as a web-standard response", () => {
  test("says the flow, and what the line says behind it", async () => {
    async function* flow(): AsyncGenerator<Uint8Array, undefined> {
      yield bytes("one");
      yield bytes("+two");
    }
    const { seen, response } = line(flow);
    expect(await (await response()).text()).toBe("one+two+last");
    expect(seen).toEqual(["behind the body", "settled"]);
  });

  test("tells the line of a flow that fails, and says the line's last words", async () => {
    async function* flow(): AsyncGenerator<Uint8Array, undefined> {
      yield bytes("one");
      throw new Fault("upstream_incomplete");
    }
    const { seen, response } = line(flow);
    expect(await (await response()).text()).toBe("one+fault");
    expect(seen).toEqual(["upstream_incomplete", "settled"]);
  });

  test("lets the line tidy up behind a whole body", async () => {
    const { seen, response } = line(() => bytes("whole"));
    expect(await (await response()).text()).toBe("whole");
    expect(seen[0]).toBe("behind the body");
  });

  test("ends everything when the reader leaves, also while it waits", async () => {
    const { http, seen, response } = line(waiting);
    const reader = ((await response()).body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe("one");
    const pending = reader.read();
    await reader.cancel();
    expect((await pending).done).toBe(true);
    expect(http.signal.aborted).toBe(true);
    expect(seen.at(-1)).toBe("settled");
  });

  test("ends everything when the reader leaves between two chunks", async () => {
    const { http, seen, response } = line(waiting);
    const reader = ((await response()).body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    expect([http.signal.aborted, seen]).toEqual([true, ["settled"]]);
  });
});

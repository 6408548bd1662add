import { describe, expect, test } from "bun:test";
import { type AnswerEvent, type Exchange, Fault, type Piece } from "../../exchange/index.ts";
import { inspect } from "../inspect.ts";
import { denyWords } from "./deny-words.ts";

const host = { now: () => 0, log: () => undefined };
const exchange = {} as Exchange;

function ruleFor(words: string[], match: "word" | "substring" = "word") {
  return denyWords.setup({ words, in: "answer", match }, host);
}

function textPiece(text: string, block = 0): Piece {
  return piece([{ type: "text-delta", block, choice: 0, text }]);
}

function piece(events: AnswerEvent[], last = false): Piece {
  return { raw: new Uint8Array([1]), events, visible: true, last };
}

const end = piece([{ type: "text-end", block: 0, choice: 0 }, { type: "answer-end" }], true);

async function* from(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

async function delivered(
  words: string[],
  pieces: readonly Piece[],
  match?: "word" | "substring",
): Promise<{ text: string; fault: Fault | undefined; count: number }> {
  let text = "";
  let count = 0;
  try {
    for await (const out of inspect([ruleFor(words, match)], from(pieces), exchange)) {
      count++;
      for (const event of out.events) if (event.type === "text-delta") text += event.text;
    }
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return { text, fault: error as Fault, count };
  }
  return { text, fault: undefined, count };
}

/** Every way to cut a text into `parts` pieces that are not empty, or a sample of them. */
function* cuts(text: string, parts: number): Generator<string[]> {
  if (parts === 1) {
    yield [text];
    return;
  }
  for (let at = 1; at <= text.length - parts + 1; at++)
    for (const rest of cuts(text.slice(at), parts - 1)) yield [text.slice(0, at), ...rest];
}

describe("deny-words", () => {
  test("lets nothing of a listed word through, however it is split over two or three pieces", async () => {
    for (const parts of [1, 2, 3]) {
      for (const cut of cuts("say xylophone now", parts)) {
        const { text, fault } = await delivered(["Xylophone"], [...cut.map((part) => textPiece(part)), end]);
        expect(fault?.code).toBe("policy_denied");
        expect("say ".startsWith(text)).toBe(true);
      }
    }
  });

  test("lets nothing through when every letter comes alone, thirty pieces and more", async () => {
    const sentence = "the secret word is pneumonoultramicroscopicsilicovolcanoconiosis";
    const { text, fault } = await delivered([sentence.split(" ")[4] as string], [...[...sentence].map((letter) => textPiece(letter)), end]);
    expect(fault?.policy).toBe("deny-words");
    expect(text).toBe("the secret word is ");
  });

  test("finds a word at the very end of the answer", async () => {
    const { text, fault } = await delivered(["end"], [textPiece("this is the "), textPiece("en"), textPiece("d"), end]);
    expect(fault?.code).toBe("policy_denied");
    expect(text).toBe("this is the ");
  });

  test("loses nothing of a clean stream, and keeps its order", async () => {
    const words = "a seven secretary ends sevens; en d xylo phone";
    const pieces = [...[...words].map((letter) => textPiece(letter)), end];
    const { text, fault, count } = await delivered(["secret", "end", "xylophone", "seven day"], pieces);
    expect(fault).toBeUndefined();
    expect(text).toBe(words);
    expect(count).toBe(pieces.length);
  });

  test("holds a clean stream back for no longer than a word may still begin", async () => {
    const rule = ruleFor(["xylophone"]);
    let pulled = 0;
    async function* counted(): AsyncGenerator<Piece> {
      for (const letter of "hello world") {
        pulled++;
        yield textPiece(letter);
      }
    }
    const stream = inspect([rule], counted(), exchange)[Symbol.asyncIterator]();
    for (let count = 1; count <= 11; count++) {
      await stream.next();
      expect(pulled).toBe(count);
    }
  });

  test("finds whole words only, unless substrings are asked for", async () => {
    expect((await delivered(["cat"], [textPiece("concatenate cats"), end])).fault).toBeUndefined();
    expect((await delivered(["cat"], [textPiece("concatenate"), end], "substring")).fault?.code).toBe("policy_denied");
    expect((await delivered(["cat"], [textPiece("(cat)"), end])).fault?.code).toBe("policy_denied");
  });

  test("is not fooled by case, width or invisible letters", async () => {
    for (const disguise of ["SeCrEt", "ｓｅｃｒｅｔ", "se\u200bcr\u00adet"]) {
      expect((await delivered(["secret"], [textPiece(`a ${disguise}!`), end])).fault?.code, disguise).toBe("policy_denied");
    }
  });

  test("finds phrases over any white space", async () => {
    expect((await delivered(["top secret"], [textPiece("top"), textPiece(" \n "), textPiece("secret."), end])).fault?.code).toBe(
      "policy_denied",
    );
  });

  test("looks into arguments, reasoning, refusals and each choice by itself", async () => {
    const events: AnswerEvent[][] = [
      [{ type: "call-delta", block: 1, choice: 0, arguments: '{"q":"secret"}' }],
      [{ type: "reasoning-delta", block: 1, choice: 0, text: "secret!", form: "text", paragraph: 0 }],
      [{ type: "refusal-delta", block: 1, choice: 0, text: "no secret." }],
      [{ type: "text-delta", block: 1, choice: 1, text: "secret " }],
    ];
    for (const each of events) expect((await delivered(["secret"], [piece(each), end])).fault?.code).toBe("policy_denied");
    const apart = [
      piece([{ type: "text-delta", block: 0, choice: 0, text: "sec" }]),
      piece([{ type: "text-delta", block: 1, choice: 1, text: "ret" }]),
      end,
    ];
    expect((await delivered(["secret"], apart)).fault).toBeUndefined();
  });

  test("undoes the escapes of arguments, also one that is split over two pieces", async () => {
    const call = (text: string) => piece([{ type: "call-delta", block: 1, choice: 0, arguments: text }]);
    for (const parts of [['{"a":"secr\\u0065t"}'], ['{"a":"secr\\u0', '065t"}'], ['{"a":"', "\\", 'u0073ecret"}']]) {
      const { fault } = await delivered(["secret"], [...parts.map(call), end]);
      expect(fault?.code, parts.join("|")).toBe("policy_denied");
    }
    expect((await delivered(["secret"], [call('{"a":"C:\\'), call('\\dir"}'), end])).fault).toBeUndefined();
  });

  test.each([
    ["a tool's name", { tools: [{ type: "function", function: { name: "secret" } }] }],
    ["a schema", { response_format: { type: "json_schema", json_schema: { name: "n", description: "a secret", schema: {} } } }],
    ["an unknown member", { prompt: "secret" }],
    [
      "two parts side by side",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "sec" },
              { type: "text", text: "ret" },
            ],
          },
        ],
      },
    ],
    ["a twin", '{"model":"m","messages":[{"role":"user","content":"secret","content":"ok"}]}'],
  ])("refuses a request with the word in %s", (_where, body) => {
    const whole = { model: "m", messages: [{ role: "user", content: "hi" }], ...(typeof body === "string" ? {} : body) };
    const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(whole));
    const rule = denyWords.setup({ words: ["secret"], in: "request", match: "word" }, host);
    const content = whole.messages[0]?.content as string | { text: string }[];
    const parts = typeof content === "string" ? [{ type: "text", text: content }] : content;
    const asked = {
      kind: "model",
      surface: "openai-chat",
      body: { bytes },
      read: () => ({ items: [{ type: "message", role: "user", parts }] }),
    } as unknown as Exchange;
    expect(() => rule.request?.(asked)).toThrow(expect.objectContaining({ code: "policy_denied" }));
  });

  test("a rule that throws refuses instead of letting through", async () => {
    const broken = {
      id: "broken",
      reads: "answer" as const,
      answer: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new TypeError("oops")) }) }),
    };
    const stream = inspect([broken], from([end]), exchange)[Symbol.asyncIterator]();
    expect(await stream.next().catch((error: Fault) => error.code)).toBe("policy_failed" as never);
  });
});

import { describe, expect, test } from "bun:test";
import { tells } from "./traces.ts";

const secret = "sk-Xy7+qL2/9vB=Tw4mZ8";

describe("a text", () => {
  test.each([
    ["the secret", `Incorrect API key: ${secret}.`],
    ["its beginning", `Incorrect API key: ${secret.slice(0, 14)}***`],
    ["its end", `… ${secret.slice(-12)}`],
    ["it in a URL", `?key=${encodeURIComponent(secret)}`],
    ["it in Base64", Buffer.from(`user:${secret}`).toString("base64")],
    ["it in Base64, one further", Buffer.from(`a user:${secret}:`).toString("base64url")],
    ["it in Base64, two further", Buffer.from(`my user:${secret}:`).toString("base64")],
    ["it in hexadecimal", Buffer.from(secret).toString("hex")],
    ["it in JSON", JSON.stringify({ key: secret })],
    ["a short secret", "your key abcd1234x is wrong"],
  ])("with %s in it tells it", (_what, text) => {
    expect(tells(text, [undefined, secret, "abcd1234x"])).toBe(true);
  });

  test.each([["The model does not exist."], ["sk-Xy7+***Zw8"], [`${secret.slice(0, 7)}…${secret.slice(-7)}`], [""]])(
    "such as %p tells nothing",
    (text) => {
      expect(tells(text, [secret, "abcd1234x", "short", undefined])).toBe(false);
    },
  );
});

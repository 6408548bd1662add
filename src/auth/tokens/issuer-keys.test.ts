import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { Explanation, Fault } from "../../exchange/index.ts";
import { IssuerKeys } from "./issuer-keys.ts";

const issuer = {
  name: "acme",
  issuer: "https://login.example",
  keysAt: { discovery: new URL("https://login.example/.well-known/openid-configuration") },
  privateAllowed: false,
};
const input = { payload: "", signature: "" };
const keyPair = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });

class Issuer {
  now = 1_000_000;
  keys: object[] = [{ ...keyPair(), kid: "k1" }];
  description: object = { issuer: "https://login.example", jwks_uri: "https://keys.example/jwks" };
  away = false;
  readonly asked: string[] = [];
  readonly warnings: string[] = [];
  readonly known = new IssuerKeys(issuer, {
    fetchDocument: async (url) => {
      this.asked.push(url.href);
      await Promise.resolve();
      if (this.away) throw new Explanation("its answer has the status 500");
      return JSON.stringify(url.pathname.startsWith("/.well-known/") ? this.description : { keys: this.keys });
    },
    now: () => this.now,
    warn: (message) => this.warnings.push(message),
  });

  /** What comes of looking for a key: "found", or the code of the refusal. */
  async find(kid: string): Promise<string> {
    try {
      await this.known.find({ alg: "ES256", kid }, input);
      return "found";
    } catch (error) {
      return error instanceof Fault ? error.code : (error as { code: string }).code;
    }
  }

  get rounds(): number {
    return this.asked.filter((url) => url.endsWith("/jwks")).length;
  }
}

test("keys are fetched once, where the issuer says that they are, however many ask", async () => {
  const it = new Issuer();
  expect(await Promise.all(Array.from({ length: 50 }, () => it.find("k1")))).toEqual(Array(50).fill("found"));
  expect(it.asked).toEqual(["https://login.example/.well-known/openid-configuration", "https://keys.example/jwks"]);
});

test("a key that is not known makes the keys be fetched anew, but not more often than every five seconds", async () => {
  const it = new Issuer();
  await it.find("k1");
  it.keys = [...it.keys, { ...keyPair(), kid: "k2" }];
  it.now += 5_000;
  expect(await Promise.all([it.find("k2"), it.find("k2"), it.find("k1")])).toEqual(["found", "found", "found"]);
  expect(it.rounds).toBe(2);
  for (let round = 0; round < 100; round++) expect(await it.find(`made-up-${round}`)).toBe("ERR_JWKS_NO_MATCHING_KEY");
  expect(it.rounds).toBe(2);
  it.now += 5_000;
  expect(await it.find("made-up")).toBe("ERR_JWKS_NO_MATCHING_KEY");
  expect(it.rounds).toBe(3);
});

test("old keys are fetched anew behind the requests, and a key that is withdrawn is gone then", async () => {
  const it = new Issuer();
  await it.find("k1");
  it.keys = [{ ...keyPair(), kid: "k2" }];
  it.now += 600_001;
  expect(await it.find("k1")).toBe("found");
  await Bun.sleep(5);
  expect(it.rounds).toBe(2);
  expect(await it.find("k2")).toBe("found");
  expect(await it.find("k1")).toBe("ERR_JWKS_NO_MATCHING_KEY");
});

test("while the issuer is away the last keys serve on, for a day", async () => {
  const it = new Issuer();
  await it.find("k1");
  it.away = true;
  for (const hours of [1, 12, 23]) {
    it.now = 1_000_000 + hours * 3_600_000;
    expect(await it.find("k1")).toBe("found");
    await Bun.sleep(1);
  }
  expect(it.warnings.every((message) => message.includes("those known so far stay"))).toBe(true);
  it.now += 3_600_001;
  expect(await it.find("k1")).toBe("credentials_unverifiable");
  it.away = false;
  it.now += 5_000;
  expect(await it.find("k1")).toBe("found");
});

test("an issuer that was never there is not asked by every request, and is tried again", async () => {
  const it = new Issuer();
  it.away = true;
  for (let round = 0; round < 20; round++) expect(await it.find("k1")).toBe("credentials_unverifiable");
  expect(it.asked).toHaveLength(1);
  it.away = false;
  it.now += 5_000;
  expect(await it.find("k1")).toBe("found");
});

test("a description of another issuer is not used, nor are keys at an unsafe address", async () => {
  for (const description of [
    { issuer: "https://login.example/", jwks_uri: "https://keys.example/jwks" },
    { issuer: "https://attacker.example", jwks_uri: "https://keys.example/jwks" },
    { jwks_uri: "https://keys.example/jwks" },
    { issuer: "https://login.example" },
    { issuer: "https://login.example", jwks_uri: "http://keys.example/jwks" },
    { issuer: "https://login.example", jwks_uri: "file:///etc/passwd" },
    { issuer: "https://login.example", jwks_uri: ["https://keys.example/jwks"] },
  ]) {
    const it = new Issuer();
    it.description = description;
    expect(await it.find("k1")).toBe("credentials_unverifiable");
    expect(it.rounds).toBe(0);
    expect(it.warnings).toHaveLength(1);
  }
});

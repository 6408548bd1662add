import { beforeAll, describe, expect, test } from "bun:test";
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import type { IssuerOptions } from "./options.ts";
import { type Denials, TokenVerifier } from "./token-verifier.ts";
import { trustedIssuer } from "./trusted-issuer.ts";

// Forged, stale and misdirected tokens, and what the standards say of each (RFC 7515, 7518, 7519, 7797, 7800, 8725, 9068).

const now = Date.UTC(2026, 10, 21);
const seconds = now / 1000;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const weakRsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const attacker = generateKeyPairSync("rsa", { modulusLength: 2048 });

type Json = Record<string, unknown>;
const encode = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const jwkOf = (key: KeyObject, fields: Json) => ({ ...key.export({ format: "jwk" }), ...fields });
const claims = (changes: Json = {}): Json => ({
  iss: "https://login.example",
  aud: "sluice",
  sub: "alice",
  iat: seconds,
  exp: seconds + 600,
  ...changes,
});

function signature(alg: string, key: KeyObject, input: string): string {
  const bytes = Buffer.from(input);
  if (alg === "RS256") return sign("sha256", bytes, key).toString("base64url");
  if (alg === "ES256") return sign("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
  return sign(null, bytes, key).toString("base64url");
}

/** `body` and `header` may be text, for what no JSON library writes. */
function token(body: unknown, header: unknown = { alg: "RS256", kid: "r1" }, key: KeyObject = rsa.privateKey, alg = "RS256"): string {
  const input = `${encode(header)}.${encode(body)}`;
  return `${input}.${signature(alg, key, input)}`;
}

const fetched: string[] = [];
let jwks: Record<string, Json[]> = {};

function verifierFor(changes: Partial<IssuerOptions> = {}, denials: Denials = { denies: () => false }): TokenVerifier {
  const verifier = new TokenVerifier({
    async fetchDocument(url) {
      fetched.push(url.href);
      return JSON.stringify({ keys: jwks[url.hostname] });
    },
    denials,
    now: () => now,
    warn: () => undefined,
  });
  verifier.configure([
    trustedIssuer("acme", {
      issuer: "https://login.example",
      audience: "sluice",
      jwks: "https://login.example/jwks",
      everyone: {},
      ...changes,
    }),
    trustedIssuer("other", { issuer: "https://other.example", audience: "sluice", jwks: "https://other.example/jwks", everyone: {} }),
  ]);
  return verifier;
}

/** The caller's id, or the code of the refusal. */
async function outcome(text: string, verifier: TokenVerifier = verifierFor(), at = now): Promise<string> {
  if (!verifier.takes(text)) return "credentials_unknown";
  try {
    return (await verifier.verify(text, at)).principal.keyId;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    for (const part of text.split(".")) if (part.length > 8) expect(error.message).not.toContain(part);
    return error.code;
  }
}

beforeAll(() => {
  jwks = {
    "login.example": [
      jwkOf(rsa.publicKey, { kid: "r1", alg: "RS256", use: "sig" }),
      jwkOf(ec.publicKey, { kid: "e1", alg: "ES256" }),
      jwkOf(ed.publicKey, { kid: "d1" }),
      jwkOf(weakRsa.publicKey, { kid: "weak" }),
      jwkOf(rsa.publicKey, { kid: "enc", use: "enc" }),
    ],
    "other.example": [jwkOf(other.publicKey, { kid: "r1", alg: "RS256" })],
  };
});

describe("good tokens", () => {
  const good: Record<string, () => string> = {
    RS256: () => token(claims()),
    ES256: () => token(claims(), { alg: "ES256", kid: "e1" }, ec.privateKey, "ES256"),
    EdDSA: () => token(claims(), { alg: "EdDSA", kid: "d1" }, ed.privateKey, "EdDSA"),
    "the type of access tokens": () => token(claims(), { alg: "RS256", kid: "r1", typ: "at+jwt" }),
    "the type of access tokens, written out": () => token(claims(), { alg: "RS256", kid: "r1", typ: "application/at+JWT" }),
    "one audience of several": () => token(claims({ aud: ["billing", "sluice"] })),
    "a claim that nobody knows": () => token(claims({ "https://acme.example/x": { deep: [1] } })),
    "an exp with a fraction": () => token(claims({ exp: seconds + 0.5 })),
    "just expired, within the clocks' skew": () => token(claims({ exp: seconds - 29 })),
    "not yet valid, within the clocks' skew": () => token(claims({ nbf: seconds + 29 })),
    "no iat": () => token(claims({ iat: undefined })),
  };
  test.each(Object.entries(good))("%s", async (_name, make) => {
    expect(await outcome(make())).toBe("token:acme:alice");
  });

  test("the same subject of another issuer is somebody else", async () => {
    expect(await outcome(token(claims({ iss: "https://other.example" }), undefined, other.privateKey))).toBe("token:other:alice");
  });
});

describe("a token that was refused", () => {
  test("is refused without being looked at for five seconds, and looked at again then", async () => {
    const verifier = verifierFor();
    const early = token(claims({ nbf: seconds + 31 }));
    expect(await outcome(early, verifier, now)).toBe("credentials_unknown");
    expect(await outcome(early, verifier, now + 4_999)).toBe("credentials_unknown");
    expect(await outcome(early, verifier, now + 5_001)).toBe("token:acme:alice");
  });

  test("costs no other one anything, and is forgotten with what was known", async () => {
    const verifier = verifierFor();
    const early = token(claims({ nbf: seconds + 31 }));
    await outcome(early, verifier, now);
    for (let each = 0; each < 1_000; each++) await outcome(`${early.slice(0, -4)}${each.toString(36).padStart(4, "A")}`, verifier, now);
    expect(await outcome(token(claims()), verifier, now + 1)).toBe("token:acme:alice");
    verifier.forget();
    expect(await outcome(early, verifier, now + 2_000)).toBe("token:acme:alice");
  });

  test("because its issuer's keys were not known is looked at each time", async () => {
    const verifier = verifierFor();
    const late = token(claims(), { alg: "ES256", kid: "e2" }, ec.privateKey, "ES256");
    expect(await outcome(late, verifier)).toBe("credentials_unknown");
    jwks["login.example"]?.push(jwkOf(ec.publicKey, { kid: "e2", alg: "ES256" }));
    const other = verifierFor();
    expect(await outcome(late, other)).toBe("token:acme:alice");
    jwks["login.example"]?.pop();
  });
});

describe("bad tokens", () => {
  const unsigned = (header: Json, body: Json = claims()) => `${encode(header)}.${encode(body)}.`;
  const publicPem = () => rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
  const publicDer = () => rsa.publicKey.export({ type: "spki", format: "der" });
  const hmacWith = (secret: string | Buffer, header: Json = { alg: "HS256", kid: "r1" }) => {
    const input = `${encode(header)}.${encode(claims())}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const changed = (text: string, part: number, change: (value: string) => string) =>
    text
      .split(".")
      .map((value, index) => (index === part ? change(value) : value))
      .join(".");
  const es256 = () => token(claims(), { alg: "ES256", kid: "e1" }, ec.privateKey, "ES256");
  const withSignature = (text: string, bytes: Uint8Array) => changed(text, 2, () => Buffer.from(bytes).toString("base64url"));
  const attackersJwk = () => jwkOf(attacker.publicKey, { kid: "r1" });
  const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");

  const bad: Record<string, () => string> = {
    "alg none": () => `${unsigned({ alg: "none" })}`,
    "alg none with a signature": () => `${unsigned({ alg: "none" })}AAAA`,
    "alg None": () => `${unsigned({ alg: "None" })}AAAA`,
    "alg NONE and a good kid": () => `${unsigned({ alg: "NONE", kid: "r1" })}AAAA`,
    "alg of nothing": () => `${unsigned({ alg: "", kid: "r1" })}AAAA`,
    "no alg": () => token(claims(), { kid: "r1" }),
    "alg that is no text": () => token(claims(), { alg: ["RS256"], kid: "r1" }),
    "alg in other letters": () => token(claims(), { alg: "rs256", kid: "r1" }),
    "HS256 with the public key's PEM as its secret": () => hmacWith(publicPem()),
    "HS256 with the PEM, trimmed": () => hmacWith(publicPem().trim()),
    "HS256 with the public key's DER": () => hmacWith(publicDer()),
    "HS256 with the modulus": () => hmacWith(String(rsa.publicKey.export({ format: "jwk" }).n)),
    "HS256 with nothing": () => hmacWith(""),
    "HS256 without a kid": () => hmacWith(publicPem(), { alg: "HS256" }),
    "RS256 by a key of another kind": () => token(claims(), { alg: "RS256", kid: "e1" }),
    "ES256 named on an RSA key": () => token(claims(), { alg: "ES256", kid: "r1" }),
    "RS384 where the issuer says RS256": () => {
      const input = `${encode({ alg: "RS384", kid: "r1" })}.${encode(claims())}`;
      return `${input}.${sign("sha384", Buffer.from(input), rsa.privateKey).toString("base64url")}`;
    },
    "a key for encryption": () => token(claims(), { alg: "RS256", kid: "enc" }),
    "a key of 1024 bits": () => token(claims(), { alg: "RS256", kid: "weak" }, weakRsa.privateKey),
    "an attacker's key": () => token(claims(), undefined, attacker.privateKey),
    "another issuer's key with the same kid": () => token(claims(), undefined, other.privateKey),
    "our key for another issuer's name": () => token(claims({ iss: "https://other.example" })),
    "the attacker's key in the header": () => token(claims(), { alg: "RS256", jwk: attackersJwk() }, attacker.privateKey),
    "the attacker's key in the header, with a good kid": () =>
      token(claims(), { alg: "RS256", kid: "r1", jwk: attackersJwk() }, attacker.privateKey),
    "the attacker's keys by jku": () =>
      token(claims(), { alg: "RS256", kid: "r1", jku: "https://attacker.example/jwks" }, attacker.privateKey),
    "the attacker's certificate by x5u": () =>
      token(claims(), { alg: "RS256", kid: "r1", x5u: "https://attacker.example/cert" }, attacker.privateKey),
    "a certificate in the header": () => token(claims(), { alg: "RS256", kid: "r1", x5c: ["MIIB"] }, attacker.privateKey),
    "kid as a path": () => token(claims(), { alg: "RS256", kid: "../../../dev/null" }, attacker.privateKey),
    "kid as SQL": () => token(claims(), { alg: "RS256", kid: "r1' UNION SELECT 'x" }, attacker.privateKey),
    "kid as a command": () => token(claims(), { alg: "RS256", kid: "r1;id" }, attacker.privateKey),
    "kid as a URL": () => token(claims(), { alg: "RS256", kid: "https://attacker.example/jwks" }, attacker.privateKey),
    "kid __proto__": () => token(claims(), '{"alg":"RS256","kid":"__proto__"}', attacker.privateKey),
    "kid that is an object": () => token(claims(), { alg: "RS256", kid: { $ne: null } }, attacker.privateKey),
    "kid with NUL": () => token(claims(), { alg: "RS256", kid: "r1\u0000" }, attacker.privateKey),
    "unknown kid": () => token(claims(), { alg: "RS256", kid: "r2" }),
    "a signature of nothing": () => changed(token(claims()), 2, () => ""),
    "a short signature": () => changed(token(claims()), 2, (value) => value.slice(0, -4)),
    "a longer signature": () => changed(token(claims()), 2, (value) => `${value}AAAA`),
    "a flipped bit in the signature": () => changed(token(claims()), 2, (value) => `${value[0] === "A" ? "B" : "A"}${value.slice(1)}`),
    "another's claims under the signature": () => changed(token(claims()), 1, () => encode(claims({ sub: "root" }))),
    "another's header over the signature": () => changed(token(claims()), 0, () => encode({ alg: "RS256", kid: "r1", typ: "JWT" })),
    "ES256: r and s are nought": () => withSignature(es256(), new Uint8Array(64)),
    "ES256: r is the order, s is one": () => withSignature(es256(), Buffer.concat([order, Buffer.alloc(31), Buffer.from([1])])),
    "ES256: r and s are the order": () => withSignature(es256(), Buffer.concat([order, order])),
    "ES256: in DER": () => {
      const input = es256().split(".").slice(0, 2).join(".");
      return `${input}.${sign("sha256", Buffer.from(input), ec.privateKey).toString("base64url")}`;
    },
    "EdDSA: nought": () => withSignature(token(claims(), { alg: "EdDSA", kid: "d1" }, ed.privateKey, "EdDSA"), new Uint8Array(64)),
    "padding at the end": () => `${token(claims())}=`,
    "base64 instead of base64url": () => changed(token(claims()), 2, (value) => `${value.slice(0, -1)}+`),
    "bits behind the end of the signature": () =>
      changed(token(claims()), 2, (value) => {
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return value.slice(0, -1) + alphabet[alphabet.indexOf(value.at(-1) ?? "") | 1];
      }),
    "a fourth part": () => `${token(claims())}.AAAA`,
    "two parts": () => token(claims()).split(".").slice(0, 2).join("."),
    "five parts, as if it were encrypted": () => `${encode({ alg: "dir", enc: "A256GCM" })}..AAAA.AAAA.AAAA`,
    "JSON serialisation": () => JSON.stringify({ payload: encode(claims()), protected: encode({ alg: "RS256" }), signature: "AAAA" }),
    "white space in it": () => token(claims()).replace(".", ". "),
    "a nested token": () => token(token(claims()), { alg: "RS256", kid: "r1", cty: "JWT" }),
    "claims that are a list": () => token([claims()]),
    "claims that are a text": () => token('"alice"'),
    "claims that are no JSON": () => token('{"iss":'),
    "claims with something behind": () => token(`${JSON.stringify(claims())} {}`),
    "sub that stands twice": () => token(`${JSON.stringify(claims()).slice(0, -1)},"sub":"root"}`),
    "sub that stands twice, escaped": () => token(`${JSON.stringify(claims()).slice(0, -1)},"\\u0073ub":"root"}`),
    "alg that stands twice": () => token(claims(), '{"alg":"none","kid":"r1","alg":"RS256"}'),
    "bytes that are no UTF-8": () => {
      const input = `${encode({ alg: "RS256", kid: "r1" })}.${Buffer.from(JSON.stringify(claims({ sub: "al\u00ffice" })), "latin1").toString("base64url")}`;
      return `${input}.${signature("RS256", rsa.privateKey, input)}`;
    },
    "claims nested too deep": () => token(`${JSON.stringify(claims()).slice(0, -1)},"x":${"[".repeat(200)}${"]".repeat(200)}}`),
    "a token of 17 KB": () => token(claims({ x: "x".repeat(13_000) })),
    "crit that nobody knows": () => token(claims(), { alg: "RS256", kid: "r1", crit: ["https://x.example"], "https://x.example": 1 }),
    "crit without its member": () => token(claims(), { alg: "RS256", kid: "r1", crit: ["exp"] }),
    "crit of nothing": () => token(claims(), { alg: "RS256", kid: "r1", crit: [] }),
    "b64 false": () => token(claims(), { alg: "RS256", kid: "r1", b64: false, crit: ["b64"] }),
    "b64 false over bare claims": () => {
      const input = `${encode({ alg: "RS256", kid: "r1", b64: false, crit: ["b64"] })}.${JSON.stringify(claims())}`;
      return `${input}.${signature("RS256", rsa.privateKey, input)}`;
    },
    "packed claims": () => token(claims(), { alg: "RS256", kid: "r1", zip: "DEF", crit: ["zip"] }),
    "a logout token": () => token(claims(), { alg: "RS256", kid: "r1", typ: "logout+jwt" }),
    "a proof of possession": () => token(claims(), { alg: "RS256", kid: "r1", typ: "dpop+jwt" }),
    "an event": () => token(claims(), { alg: "RS256", kid: "r1", typ: "secevent+jwt" }),
    "a type that is no text": () => token(claims(), { alg: "RS256", kid: "r1", typ: 7 }),
    "no issuer": () => token(claims({ iss: undefined })),
    "an unknown issuer": () => token(claims({ iss: "https://attacker.example" })),
    "the issuer with a slash more": () => token(claims({ iss: "https://login.example/" })),
    "the issuer in other letters": () => token(claims({ iss: "https://LOGIN.example" })),
    "several issuers": () => token(claims({ iss: ["https://login.example"] })),
    "no audience": () => token(claims({ aud: undefined })),
    "another audience": () => token(claims({ aud: "billing" })),
    "an audience that begins as ours": () => token(claims({ aud: "sluice-admin" })),
    "an empty list of audiences": () => token(claims({ aud: [] })),
    "an audience that is an object": () => token(claims({ aud: { 0: "sluice", length: 1 } })),
    "no subject": () => token(claims({ sub: undefined })),
    "an empty subject": () => token(claims({ sub: "" })),
    "a subject that is a number": () => token(claims({ sub: 7 })),
    "a subject with a line break": () => token(claims({ sub: "alice\nroot" })),
    "a subject of 300 letters": () => token(claims({ sub: "a".repeat(300) })),
    "no exp": () => token(claims({ exp: undefined })),
    "exp as a text": () => token(claims({ exp: String(seconds + 600) })),
    "exp that is null": () => token(claims({ exp: null })),
    "nbf later": () => token(claims({ nbf: seconds + 31 })),
    "nbf as a text": () => token(claims({ nbf: "0" })),
    "iat as a text": () => token(claims({ iat: "0" })),
    "bound to a key by DPoP": () => token(claims({ cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } })),
    "bound to two keys": () => token(claims({ cnf: { "x5t#S256": "AAAA", jkt: "AAAA" } })),
    "bound in no known way": () => token(claims({ cnf: "AAAA" })),
  };
  test.each(Object.entries(bad))("%s", async (_name, make) => {
    expect(await outcome(make())).toBe("credentials_unknown");
  });

  test("expired, to the second", async () => {
    const verifier = verifierFor();
    for (const exp of [seconds - 30, seconds - 31, 0, -1])
      expect(await outcome(token(claims({ exp })), verifier)).toBe("credentials_expired");
  });

  test("nothing that a token names is ever fetched", () => {
    expect(new Set(fetched)).toEqual(new Set(["https://login.example/jwks", "https://other.example/jwks"]));
  });
});

describe("what is kept of good tokens", () => {
  test("tokens that begin alike are told apart", async () => {
    const verifier = verifierFor();
    const filler = "x".repeat(2000);
    const [left, right] = [token({ a: filler, ...claims({ sub: "alice" }) }), token({ a: filler, ...claims({ sub: "bob" }) })];
    expect(left.slice(0, 1000)).toBe(right.slice(0, 1000));
    for (let round = 0; round < 2; round++) {
      expect(await outcome(left, verifier)).toBe("token:acme:alice");
      expect(await outcome(right, verifier)).toBe("token:acme:bob");
    }
    expect(await outcome(`${left.slice(0, -6)}AAAAAA`, verifier)).toBe("credentials_unknown");
  });

  test("a known token is answered at once, and ends when it says", async () => {
    const verifier = verifierFor();
    const text = token(claims({ exp: seconds + 60 }));
    expect(verifier.verify(text, now)).toBeInstanceOf(Promise);
    await outcome(text, verifier);
    const kept = verifier.verify(text, now + 89_999);
    expect(kept).not.toBeInstanceOf(Promise);
    expect(await outcome(text, verifier, now + 90_000)).toBe("credentials_expired");
  });

  test("a clock that has gone back makes nothing last longer: neither a refusal, nor what was found good", async () => {
    const verifier = verifierFor();
    const [short, long] = [token(claims()), token(claims({ exp: seconds + 10_000 }))];
    expect([await outcome(short, verifier, now + 7_200_000), await outcome(long, verifier, now + 7_200_000)]).toEqual([
      "credentials_expired",
      "token:acme:alice",
    ]);
    expect(verifier.verify(long, now + 7_200_000)).not.toBeInstanceOf(Promise);
    expect(await outcome(short, verifier, now)).toBe("token:acme:alice");
    expect(verifier.verify(long, now)).toBeInstanceOf(Promise);
  });

  test("a token that is denied is refused although it was good, and so is every token of a subject", async () => {
    const denied = { issuer: "acme", id: "t1" as string | undefined, subject: "" };
    const verifier = verifierFor(
      {},
      {
        denies: ({ issuer, subject, id }) =>
          issuer === denied.issuer && ((id !== undefined && id === denied.id) || subject === denied.subject),
      },
    );
    const [one, two] = [token(claims({ jti: "t1" })), token(claims({ jti: "t2" }))];
    expect([await outcome(one, verifier), await outcome(two, verifier)]).toEqual(["credentials_expired", "token:acme:alice"]);
    denied.subject = "alice";
    verifier.forget();
    expect([await outcome(one, verifier), await outcome(two, verifier)]).toEqual(["credentials_expired", "credentials_expired"]);
  });

  test("whoever has a limit of age takes no older tokens, and none that do not say their age", async () => {
    const verifier = verifierFor({ maxAgeSeconds: 100 });
    expect(await outcome(token(claims({ iat: seconds - 129 })), verifier)).toBe("token:acme:alice");
    expect(await outcome(token(claims({ iat: seconds - 131 })), verifier)).toBe("credentials_expired");
    expect(await outcome(token(claims({ iat: undefined })), verifier)).toBe("credentials_unknown");
    expect(await outcome(token(claims({ iat: seconds + 31 })), verifier)).toBe("credentials_unknown");
  });
});

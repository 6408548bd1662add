import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Fault, type Principal } from "../../exchange/index.ts";
import { openMemoryStorage, type Storage } from "../../storage/index.ts";
import { KeyHasher } from "../virtual-keys.ts";
import { cookieIn, sessionCookie } from "./cookies.ts";
import { comesFromOwnPage } from "./own-page.ts";
import { Sessions } from "./sessions.ts";

const minute = 60_000;
const principal: Principal = { kind: "user", keyId: "x", keyName: "ann", scopes: [], roles: ["viewer"] };
let storage: Storage;
let now: number;
let isThere: boolean;
let sessions: Sessions;

beforeEach(async () => {
  storage = await openMemoryStorage();
  now = Date.UTC(2026, 10, 21);
  isThere = true;
  sessions = new Sessions({
    store: storage.control.sessions,
    hasher: new KeyHasher(Buffer.alloc(32, 7)),
    now: () => now,
    origins: () => ["https://ai.example.com"],
    principalOf: () => (isThere ? principal : undefined),
  });
});
afterEach(() => storage.close());

function request(headers: Readonly<Record<string, string>>, method = "GET") {
  return { method, header: (name: string) => headers[name], peer: "192.0.2.1" };
}

async function begun() {
  const { token, session } = await sessions.begin(
    { holder: "browser", name: "ann", roles: [], idleMs: 30 * minute, endsAt: now + 12 * 60 * minute },
    request({ "user-agent": "a browser" }),
  );
  return { id: session.id, open: () => sessions.inCookie(request({ cookie: `${sessionCookie}=${token}` })), token };
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "none";
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

describe("a session", () => {
  test("ends when nothing was heard for its idle time, and each request counts", async () => {
    const { open } = await begun();
    for (let turn = 0; turn < 5; turn++) {
      now += 29 * minute;
      expect(await codeOf(open)).toBe("none");
    }
    now += 30 * minute;
    expect(await codeOf(open)).toBe("credentials_expired");
  });

  test("ends after its whole time however much it is used", async () => {
    const { open } = await begun();
    for (let passed = 0; passed < 12 * 60 - 20; passed += 20) {
      now += 20 * minute;
      expect(await codeOf(open)).toBe("none");
    }
    now += 20 * minute;
    expect(await codeOf(open)).toBe("credentials_expired");
  });

  test("ends with its revocation, and with whoever stands behind it", async () => {
    const one = await begun();
    const other = await begun();
    await storage.control.sessions.revoke(one.id, now);
    expect([await codeOf(one.open), await codeOf(other.open)]).toEqual(["credentials_expired", "none"]);
    isThere = false;
    expect(await codeOf(other.open)).toBe("credentials_expired");
  });

  test("is kept as a keyed hash, which opens nothing, and is forgotten a day after its end", async () => {
    const { id, token } = await begun();
    const stored = (await storage.control.sessions.get(id))!;
    expect(JSON.stringify(stored)).not.toContain(token.slice(20));
    for (const text of [stored.hash, `sk-sluice-session-${stored.hash}`, "", "x", "__proto__", `${token} `, token.toUpperCase()])
      expect(await codeOf(() => sessions.ofToken(text, request({})))).toBe("credentials_unknown");
    now += 37 * 60 * minute;
    await begun();
    expect(await storage.control.sessions.get(id)).toBeUndefined();
  });
});

test("all sessions at once are never meant", async () => {
  expect(storage.control.sessions.revokeAll({}, now)).rejects.toThrow();
});

test.each([
  ["a=1; __Host-sluice-session=x", "x"],
  ["__Host-sluice-session=x; a=1", "x"],
  ["__Host-sluice-session=x; __Host-sluice-session=x", "x"],
  ["__Host-sluice-session=x; __Host-sluice-session=y", undefined],
  ["__host-sluice-session=x", undefined],
  ["x__Host-sluice-session=x", undefined],
  ["__Host-sluice-session", undefined],
  ["", undefined],
  // What a page of a sibling's host can set: browsers guard the prefix of whole names only.
  [`theme="dark,${sessionCookie}=planted"`, undefined],
  [`theme=dark, ${sessionCookie}=planted`, undefined],
  [`\u00a0${sessionCookie}=planted`, undefined],
  [`\u2000${sessionCookie}=planted`, undefined],
  [`${sessionCookie}\u3000=planted`, undefined],
  [`${sessionCookie.toUpperCase()}=planted`, undefined],
  [`theme="dark,${sessionCookie}=planted"; ${sessionCookie}=own`, "own"],
])("of the cookies %p the session's is %p", (cookie, expected) => {
  expect(cookieIn(request({ cookie }), sessionCookie)).toBe(expected);
});

test.each([
  [{ "sec-fetch-site": "same-origin" }, true],
  [{ "sec-fetch-site": "same-origin", origin: "null" }, true],
  [{ "sec-fetch-site": "same-origin", origin: "https://ai.example.com" }, true],
  [{ origin: "https://ai.example.com" }, true],
  [{ origin: "http://10.0.0.1:8787", host: "10.0.0.1:8787" }, true],
  [{ origin: "http://ai.example.com" }, false],
  [{ origin: "https://ai.example.com.evil.example" }, false],
  [{ origin: "https://ai.example.com:444" }, false],
  [{ "sec-fetch-site": "same-site", origin: "https://ai.example.com" }, false],
  [{ "sec-fetch-site": "none" }, false],
  [{ origin: "null" }, false],
  [{ origin: "" }, false],
  [{}, false],
])("a request with %p comes from a page of ours: %p", (headers, expected) => {
  expect(comesFromOwnPage(request({ host: "ai.internal", ...headers } as Record<string, string>), ["https://ai.example.com"])).toBe(
    expected,
  );
});

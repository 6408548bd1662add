import { describe, expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { parseFilter, parsePatchPath } from "./filter.ts";
import { matches } from "./match.ts";
import { userSchema } from "./schemas.ts";

const ann = {
  id: "user_1",
  userName: "Ann@Example.com",
  externalId: "A-1",
  active: true,
  name: { givenName: "Ann", familyName: 'O\'Hara "quoted"' },
  emails: [
    { value: "ann@example.com", type: "work", primary: true },
    { value: "ann@home.example", type: "home" },
  ],
  title: "",
  meta: { created: "2026-11-20T08:00:00.000Z", version: 'W/"1"' },
};

const holds = (text: string) => matches(parseFilter(text), ann, userSchema);

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Fault ? `${error.code} ${error.nativeCode}` : String(error);
  }
  return "none";
}

describe("a filter", () => {
  test.each([
    ['userName eq "ann@example.com"', true],
    ['USERNAME EQ "ann@example.com"', true],
    ['userName ne "ann@example.com"', false],
    ['externalId eq "a-1"', false],
    ['externalId eq "A-1"', true],
    ['userName co "example"', true],
    ['userName sw "ann"', true],
    ['userName ew ".org"', false],
    ["title pr", false],
    ["userType pr", false],
    ["name.givenName pr", true],
    ["emails pr", true],
    ["active eq true", true],
    ['active eq "True"', true],
    ["active ne true", false],
    ["displayName eq null", true],
    ["userName eq null", false],
    ['name.familyName eq "O\'Hara \\"quoted\\""', true],
    ['emails eq "ann@home.example"', true],
    ['emails.value co "home.example"', true],
    ['emails[type eq "work"]', true],
    ['emails[type eq "work" and value co "home"]', false],
    ['emails[type eq "work" and primary eq true]', true],
    ['emails[not (type eq "work")]', true],
    ['emails.type eq "work" and emails.value co "home"', true],
    ['not (userName sw "bob")', true],
    ['userName sw "bob" or active eq true and title pr', false],
    ['(userName sw "bob" or active eq true) and emails pr', true],
    ['userName sw "ann" or userName sw "bob" and active eq false', true],
    ['meta.created gt "2026-11-19T00:00:00Z"', true],
    ['meta.created lt "2026-11-19T00:00:00Z"', false],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann@example.com"', true],
    ['urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq "ann"', true],
    ['  userName   eq   "ann@example.com"  ', true],
  ])("%s is %p", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    "",
    "userName",
    "userName eq",
    'userName is "x"',
    'userName eq "x',
    "userName eq x",
    'userName eq "x" and',
    'userName eq "x" userName eq "y"',
    'not userName eq "x"',
    '(userName eq "x"',
    'userName eq "x")',
    'emails[type eq "work"',
    'emails[type eq "work"].value eq "x"',
    'eq "x"',
    "a.b.c pr",
    "1userName pr",
    'userName eq "\\u00zz"',
    "active gt true",
    "nosuch pr",
    "name.nosuch pr",
    'emails[nosuch eq "x"]',
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department pr",
    `${"(".repeat(40)}active eq true${")".repeat(40)}`,
    `userName eq "${"x".repeat(5000)}"`,
    "userName eq \u0000",
    "__proto__ pr",
  ])("%j is refused", (text) => {
    expect(codeOf(() => holds(text))).toBe("request_malformed invalidFilter");
  });

  test("takes no longer for texts that are made to take long", () => {
    const begun = performance.now();
    for (const text of [
      `${'a eq "x" and '.repeat(300)}`,
      `"${"\\".repeat(4000)}`,
      "a.".repeat(2000),
      "not (".repeat(700),
      " ".repeat(4000),
    ])
      codeOf(() => parseFilter(text));
    expect(performance.now() - begun).toBeLessThan(200);
  });
});

describe("a path of a PATCH", () => {
  test.each([
    ["members", { path: { name: "members" } }],
    ["name.givenName", { path: { name: "name", sub: "givenName" } }],
    [
      'members[value eq "2819c223"]',
      { path: { name: "members" }, filter: { kind: "compare", path: { name: "value" }, by: "eq", value: "2819c223" } },
    ],
    [
      'emails[type eq "work"].value',
      { path: { name: "emails", sub: "value" }, filter: { kind: "compare", path: { name: "type" }, by: "eq", value: "work" } },
    ],
    ["urn:ietf:params:scim:schemas:core:2.0:User:title", { path: { schema: "urn:ietf:params:scim:schemas:core:2.0:User", name: "title" } }],
  ])("%s is read", (text, expected) => {
    expect(parsePatchPath(text) as unknown).toEqual(expected);
  });

  test.each(["", "a b", "emails[", "emails[]", 'emails[type eq "x"].', 'emails[type eq "x"] .value x', "a.b.c", "a eq 1", "[x pr]"])(
    "%j is refused",
    (text) => {
      expect(codeOf(() => parsePatchPath(text))).toBe("request_malformed invalidPath");
    },
  );
});

import { Fault } from "../../../src/exchange/index.ts";
import { parseFilter, parsePatchPath } from "../../../src/server/scim/filter.ts";
import { matches, type Resource } from "../../../src/server/scim/match.ts";
import { applyPatch } from "../../../src/server/scim/patch.ts";
import { attributeIn, userSchema } from "../../../src/server/scim/schemas.ts";
import { jsonSeed } from "../json-seed.ts";
import { mutatedBytes } from "../mutate-bytes.ts";
import { mutatedJson } from "../mutate-json.ts";
import { assertWholesome, attempt, Broken, type TargetMaker } from "../target.ts";

const person: Resource = {
  id: "user_1",
  userName: "ann",
  active: true,
  name: { givenName: "Ann" },
  emails: [
    { value: "w@x", type: "work", primary: true },
    { value: "h@x", type: "home" },
  ],
};

const filters = [
  'userName eq "ann" and (active eq true or not (emails pr))',
  'emails[type eq "work" and value co "@example.com"]',
  'urn:ietf:params:scim:schemas:core:2.0:User:name.givenName sw "A\\"\\u0041" or title eq null',
  'meta.lastModified ge "2026-11-20T08:00:00Z" and externalId ne "1"',
];
const paths = [
  'emails[type eq "work"].value',
  "name.givenName",
  "urn:ietf:params:scim:schemas:core:2.0:User:title",
  'members[value eq "x"]',
];
const patches = [
  { Operations: [{ op: "Replace", path: "active", value: "False" }] },
  { Operations: [{ op: "add", value: { "name.givenName": "B", emails: [{ value: "n@x", type: "work", primary: true }] } }] },
  {
    Operations: [
      { op: "remove", path: 'emails[type eq "home"]' },
      { op: "add", path: "title", value: "T" },
    ],
  },
  {
    Operations: [
      { op: "add", path: 'emails[type eq "other"].value', value: "o@x" },
      { op: "replace", value: { userName: "b", groups: [{ value: "g" }] } },
    ],
  },
].map((patch) => jsonSeed(patch));

/** What directories send: filters, paths and patches. */
export const scimTargets: TargetMaker = () => [
  {
    name: "scim-filter",
    input: (random) => mutatedBytes(Buffer.from(random.pick(filters)), Buffer.from(random.pick(filters)), random),
    check(input) {
      const filter = attempt("request", () => parseFilter(Buffer.from(input).toString()));
      if (filter instanceof Fault) return;
      assertWholesome(filter, "a filter");
      const holds = attempt("request", () => matches(filter, person, userSchema));
      if (!(holds instanceof Fault) && holds === attempt("request", () => matches({ kind: "not", filter }, person, userSchema)))
        throw new Broken("a filter and its contrary say the same");
    },
  },
  {
    name: "scim-path",
    input: (random) => mutatedBytes(Buffer.from(random.pick(paths)), Buffer.from(random.pick(filters)), random),
    check(input) {
      assertWholesome(
        attempt("request", () => parsePatchPath(Buffer.from(input).toString())),
        "a path",
      );
    },
  },
  {
    name: "scim-patch",
    input: (random) => Buffer.from(mutatedJson(random.pick(patches), patches, random)),
    check(input) {
      let body: unknown;
      try {
        body = JSON.parse(Buffer.from(input).toString());
      } catch {
        return;
      }
      const before = JSON.stringify(person);
      const after = attempt("request", () => applyPatch(person, body, userSchema));
      if (JSON.stringify(person) !== before) throw new Broken("a patch changes what it was given");
      if (after instanceof Fault) return;
      assertWholesome(after, "a patched resource");
      if (typeof after.userName !== "string" || after.userName === "") throw new Broken("a patch takes the name away");
      const strange = Object.keys(after).find(
        (name) => attributeIn(userSchema, name)?.name !== name || attributeIn(userSchema, name)?.mutability === "readOnly",
      );
      if (strange !== undefined) throw new Broken("a patch sets what is nobody's to set", strange);
    },
  },
];

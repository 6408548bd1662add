import { expect, test } from "bun:test";
import type { OpenIdConfig } from "../../config/index.ts";
import { openMemoryStorage } from "../../storage/index.ts";
import { admit } from "./admit.ts";
import type { ProvenPerson } from "./openid-provider.ts";

test("who has logged in before stays who he is, whoever notes his account as another's", async () => {
  const storage = await openMemoryStorage();
  const { directory } = storage.control;
  const issuer = "https://login.example";
  const chief = await directory.user.insert({ userName: "chief", roles: ["owner"], teams: [] }, 0);
  const person = { name: "chief", subject: "subject-1", issuer, groups: [] } as unknown as ProvenPerson;
  const openid = { roles: new Map(), createUsers: false } as unknown as OpenIdConfig;
  expect((await admit(person, openid, directory, 1)).userId).toBe(chief.id);
  await directory.user.insert({ userName: "decoy", externalId: "subject-1", roles: [], teams: [] }, 2);
  expect((await admit(person, openid, directory, 3)).userId).toBe(chief.id);
  await storage.close();
});

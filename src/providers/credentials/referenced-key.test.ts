import { describe, expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { Secret } from "../../secrets/index.ts";
import { readAwsKeys } from "../aws-credential.ts";
import { AwsSigning } from "./aws-signing.ts";
import { ReferencedKey } from "./referenced-key.ts";

/** A store that the test holds, and the key that is read from it. */
function held(first = "sk-first-value", signs = false) {
  const store = {
    value: first,
    end: Number.POSITIVE_INFINITY,
    away: false,
    readings: 0,
    now: 1_000_000,
    endsAt: () => store.end,
    async reread() {
      store.readings++;
      await Bun.sleep(1);
      if (store.away) throw new Fault("secret_unavailable");
      return { value: new Secret(store.value) };
    },
  };
  const key = new ReferencedKey({
    reference: "hashi:secret/data/x#key",
    key: new Secret(first),
    store,
    now: () => store.now,
    signing: (secret) => {
      const keys = signs ? readAwsKeys(secret.reveal()) : undefined;
      return keys && new AwsSigning(keys, { service: "bedrock", region: "eu-west-1" });
    },
  });
  const request = {
    method: "POST",
    url: new URL("https://upstream.example/v1"),
    headers: { "content-type": "application/json", ...(signs ? {} : { authorization: `Bearer ${first}` }) } as Record<string, string>,
    body: new Uint8Array(0),
  };
  const headers = async () => key.authorize(request, store.now);
  return { key, store, headers };
}

const refusal = (status: number) => ({ status, error: undefined });

describe("a key from a store", () => {
  test("that is refused is read anew once, by all who are refused at the same time, and the new one is sent from then on", async () => {
    const { key, store, headers } = held();
    const sent = await headers();
    store.value = "sk-second-value";
    expect(await Promise.all([key.renew(sent, refusal(401)), key.renew(sent, refusal(401)), key.renew(sent, refusal(403))])).toEqual([
      true,
      true,
      true,
    ]);
    expect(store.readings).toBe(1);
    expect((await headers()).authorization).toBe("Bearer sk-second-value");
    // One who was still on the way with the old key needs no reading.
    expect(await key.renew(sent, refusal(401))).toBe(true);
    expect(store.readings).toBe(1);
    expect(key.leaks("told: sk-second-value") && key.leaks("told: sk-first-value")).toBe(true);
  });

  test("is not asked for again and again where the store has no other, nor for what is no refusal of a key", async () => {
    const { key, store, headers } = held();
    const sent = await headers();
    expect(await key.renew(sent, refusal(401))).toBe(false);
    expect(await key.renew(sent, refusal(401))).toBe(false);
    expect(await key.renew(sent, refusal(400))).toBe(false);
    expect(store.readings).toBe(1);
    store.now += 1_001;
    store.away = true;
    expect(await key.renew(sent, refusal(401))).toBe(false);
    expect(store.readings).toBe(2);
    // The clock has gone back by an hour.
    store.now -= 3_600_000;
    expect(await key.renew(sent, refusal(401))).toBe(false);
    expect(store.readings).toBe(3);
  });

  test("that has ended is not sent: it is had anew, or the call fails as the gateway's own trouble", async () => {
    const { store, headers } = held();
    store.end = store.now;
    store.away = true;
    const fault = await headers().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Fault);
    expect([(fault as Fault).code, (fault as Fault).status]).toEqual(["upstream_credentials", 502]);
    expect(String((fault as Fault).message)).not.toContain("sk-");
    store.now += 1_001;
    store.away = false;
    store.value = "sk-second-value";
    const reread = store.reread;
    store.reread = () => {
      store.end = store.now + 60_000;
      return reread();
    };
    expect((await headers()).authorization).toBe("Bearer sk-second-value");
  });

  test("may be a pair of AWS's: calls are signed with the pair that holds now", async () => {
    const { key, store, headers } = held("AKIAFIRSTFIRST:first-secret-key", true);
    const sent = await headers();
    expect(sent.authorization).toContain("Credential=AKIAFIRSTFIRST/");
    store.value = "AKIASECONDSECOND:second-secret-key";
    expect(await key.renew(sent, refusal(403))).toBe(true);
    expect((await headers()).authorization).toContain("Credential=AKIASECONDSECOND/");
    expect(await key.renew(sent, refusal(403))).toBe(true);
    expect(store.readings).toBe(1);
  });
});

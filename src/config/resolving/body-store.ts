import { credentialSettings } from "../../providers/index.ts";
import { Secret } from "../../secrets/index.ts";
import type { BodyStoreConfig } from "../config.ts";
import type { ConfigDocument } from "../document/document.ts";
import { type Finding, isGroup } from "../findings/findings.ts";

type Written = NonNullable<ConfigDocument["stores"]>["bodies"];

/** Fills in what `stores.bodies` leaves out. */
export function bodyStore(written: Written): BodyStoreConfig {
  if (written === undefined || written === "disk") return { kind: "disk" };
  const { bucket, region, endpoint, pathStyle = endpoint !== undefined, prefix = "sluice-bodies", credential, ...rest } = written.s3;
  const { accessKeyId, secretAccessKey, waitingBytes = 1024 * 1024 * 1024 } = rest;
  const keys = accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    kind: "s3",
    ...{ bucket, region, endpoint, pathStyle, prefix, waitingBytes },
    keys: keys ? { accessKeyId, secretAccessKey: new Secret(secretAccessKey) } : undefined,
    credential: credential && credentialSettings(credential),
  };
}

/** What contradicts itself about where bodies are kept, and for how long. */
export function bodyFindings({ stores, records }: Readonly<Record<string, unknown>>): readonly Finding[] {
  const { bodies: store } = isGroup(stores) ? stores : { bodies: undefined };
  const s3 = isGroup(store) && isGroup(store.s3) ? store.s3 : undefined;
  return [...(s3 ? s3Findings(s3) : []), ...(isGroup(records) ? keepFindings(records, s3 !== undefined) : [])];
}

function s3Findings({ accessKeyId, secretAccessKey, credential }: Readonly<Record<string, unknown>>): readonly Finding[] {
  const path = ["stores", "bodies", "s3"];
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const missing = accessKeyId === undefined ? "accessKeyId" : "secretAccessKey";
    return [{ path: [...path, missing], part: "key", problem: "is missing", expected: "both halves of the key, or none" }];
  }
  if (accessKeyId === undefined || credential === undefined) return [];
  return [{ path: [...path, "credential"], part: "key", problem: "stands beside `accessKeyId`", expected: "one of them" }];
}

function keepFindings({ bodies, keepDays }: Readonly<Record<string, unknown>>, inS3: boolean): readonly Finding[] {
  if (!isGroup(bodies) || typeof bodies.keepDays !== "number") return [];
  const path = ["records", "bodies", "keepDays"];
  if (inS3) return [{ path, part: "key", problem: "is not for S3", expected: "a lifecycle rule of the bucket (docs/bodies.md)" }];
  if (typeof keepDays !== "number" || bodies.keepDays <= keepDays) return [];
  return [{ path, problem: "is more than `records.keepDays`", expected: "at most as many: a body is found by its record" }];
}

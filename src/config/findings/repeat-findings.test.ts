import { expect, test } from "bun:test";
import { readConfig } from "../load-config.ts";

test.each([
  ["{ maxAnswerBytes: 2000000, maxBytes: 1500000 }", ["idempotency.maxAnswerBytes"]],
  ["{ whileUnderWay: refuse, waitSeconds: 5 }", ["idempotency.waitSeconds"]],
  ["{ keepHours: 0, onLoss: maybe, waitSecond: 5 }", ["idempotency.keepHours", "idempotency.onLoss", "idempotency.waitSecond"]],
  ["{ keepHours: 48, waitSeconds: 5, maxAnswerBytes: 2000000, maxBytes: 2000000 }", []],
])("idempotency: %s", async (text, paths) => {
  const { issues = [] } = await readConfig(`idempotency: ${text}`, "sluice.yaml", { environment: {}, policies: new Map() });
  expect(issues.map(({ path }) => path).toSorted()).toEqual(paths);
});

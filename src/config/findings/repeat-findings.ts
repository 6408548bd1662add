import { type Finding, isGroup } from "./findings.ts";

/** What contradicts itself about requests with an `Idempotency-Key`. */
export function repeatFindings({ idempotency }: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (!isGroup(idempotency)) return [];
  const { maxAnswerBytes, maxBytes, waitSeconds, whileUnderWay } = idempotency;
  const path = ["idempotency"];
  const isTooLong = typeof maxAnswerBytes === "number" && typeof maxBytes === "number" && maxAnswerBytes > maxBytes;
  return [
    ...(isTooLong
      ? [{ path: [...path, "maxAnswerBytes"], problem: "is more than `maxBytes`, which is for all answers", expected: "at most as many" }]
      : []),
    ...(whileUnderWay === "refuse" && waitSeconds !== undefined
      ? [
          {
            path: [...path, "waitSeconds"],
            part: "key" as const,
            problem: "stands beside `whileUnderWay: refuse`, with which nobody waits",
            expected: "one of them",
          },
        ]
      : []),
  ];
}

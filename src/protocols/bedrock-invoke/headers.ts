/** What InvokeModel's callers say beside the body, whose form is the model's: a guardrail that got lost would guard nothing. */
export const invokeHeaders = {
  guardrail: "x-amzn-bedrock-guardrailidentifier",
  guardrailVersion: "x-amzn-bedrock-guardrailversion",
  trace: "x-amzn-bedrock-trace",
  latency: "x-amzn-bedrock-performanceconfig-latency",
  tier: "x-amzn-bedrock-service-tier",
  metadata: "x-amzn-bedrock-request-metadata",
} as const;

/** What Bedrock says of a whole answer beside it. */
export const invokeCounts = { input: "x-amzn-bedrock-input-token-count", output: "x-amzn-bedrock-output-token-count" } as const;

import type { Fault, FaultCode } from "../../exchange/index.ts";
import type { JsonObject } from "../openai-chat/json-value.ts";

const types: Partial<Readonly<Record<FaultCode, string>>> = {
  credentials_missing: "unauthorized",
  credentials_unknown: "unauthorized",
  credentials_expired: "unauthorized",
  model_unknown: "invalid_model",
  rate_limited: "rate_limited",
  budget_exhausted: "rate_limited",
  upstream_rate_limited: "rate_limited",
};

/** Mistral's error body; where the status is 422, its clients read the list in `detail`. */
export function errorBody(fault: Fault): JsonObject {
  const { message, param = null, code, status } = fault;
  const type = types[code] ?? (status < 500 ? "invalid_request_error" : "internal_server_error");
  const detail = [{ type, loc: param === null ? ["body"] : ["body", param], msg: message }];
  return { object: "error", message, type, param, code, ...(status === 422 && { detail }) };
}

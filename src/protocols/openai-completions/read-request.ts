import { JsonBody, type MemberEdit, type ModelRequest } from "../../exchange/index.ts";
import { readRequest as readChat } from "../openai-chat/read-request.ts";
import { beyondChat, checkRequest, promptOf } from "./check-request.ts";

/**
 * The prompt as what a user says, and everything else as in Chat Completions, fields that we do not know among it. Where no limit
 * is given the model's own holds: the sixteen tokens that this surface once stopped at would cut a chat model's thoughts.
 *
 * @throws Fault `request_malformed`, `request_unsupported`
 */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  const prompt = promptOf(body);
  const echo = body.get("echo") === true;
  refuse(body, echo);
  const logprobs = body.get("logprobs");
  const counted = typeof logprobs === "number";
  const edits: MemberEdit[] = [
    { name: "messages", json: JSON.stringify([{ role: "user", content: prompt }]) },
    { name: "logprobs", json: counted ? "true" : undefined },
    { name: "top_logprobs", json: counted ? String(logprobs) : undefined },
    ...["prompt", "suffix", "echo", "best_of"].map((name) => ({ name, json: undefined })),
  ];
  const request = readChat(JsonBody.scan(body.splice(edits)));
  return echo ? { ...request, echo } : request;
}

/** What no chat does: an answer that leaves it out would be a wrong one. */
function refuse(body: JsonBody, echo: boolean): void {
  const suffix = body.get("suffix");
  if (suffix !== undefined && suffix !== null && suffix !== "") throw beyondChat("suffix", "writes no text between a beginning and an end");
  const best = body.get("best_of");
  if (typeof best === "number" && best > Number(body.get("n") ?? 1)) throw beyondChat("best_of", "keeps every answer that it makes");
  if (echo && typeof body.get("logprobs") === "number") throw beyondChat("echo", "does not tell how likely the prompt was");
}

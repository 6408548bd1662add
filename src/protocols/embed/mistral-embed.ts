import { type EmbedRequest, type JsonBody, type MemberEdit, JsonBody as Scanned } from "../../exchange/index.ts";
import type { TaskCodec } from "../dialect.ts";
import { unsupported } from "../json-fields.ts";
import { errorBody } from "../mistral-chat/faults.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";

/** `/v1/embeddings` as Mistral's clients speak it: OpenAI's but for the names of the dimension and of the number's kind. */
export const mistralEmbed: TaskCodec<"embed"> = {
  ...openaiEmbeddings,
  id: "mistral-embed",
  readRequest,
  writeRequest(request, target, losses) {
    const { dimensions, user: _user, ...rest } = openaiEmbeddings.writeRequest(request, target, losses);
    return { ...rest, ...(dimensions !== undefined && { output_dimension: dimensions }) };
  },
  // Their types want an id, which hardly a provider gives.
  writeAnswer: (answer, request, losses) => ({ id: answer.id ?? "", ...openaiEmbeddings.writeAnswer(answer, request, losses) }),
  writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
};

/** @throws Fault `request_malformed`, `request_unsupported` */
function readRequest(body: JsonBody): EmbedRequest {
  const kind = body.get("output_dtype");
  if (kind !== undefined && kind !== null && kind !== "float") {
    throw unsupported("output_dtype", "The provider of this model gives vectors of floats only.");
  }
  const dimensions = body.get("output_dimension");
  const edits: MemberEdit[] = [
    ...["output_dtype", "output_dimension", "metadata"].filter((name) => body.has(name)).map((name) => ({ name, json: undefined })),
    ...(typeof dimensions === "number" ? [{ name: "dimensions", json: JSON.stringify(dimensions) }] : []),
  ];
  const renamed = Scanned.scan(body.splice(edits));
  openaiEmbeddings.checkRequest(renamed);
  return openaiEmbeddings.readRequest(renamed, { header: () => undefined });
}

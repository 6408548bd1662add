import type { Fault, JsonBody, RerankAnswer, RerankRequest } from "../../exchange/index.ts";
import { fieldsOf, listOf, numberOf, textOf, unreadable } from "../json-fields.ts";

/** What the rerankers' forms have in common. */
type Malformed = (param: string, expected: string) => Fault;

/** @throws Fault `request_malformed` */
export function checkRerank(body: JsonBody, malformed: Malformed): void {
  if (body.kind("model") !== "string" || body.get("model") === "") throw malformed("model", "the name of a model");
  if (body.kind("query") !== "string" && body.kind("query") !== "object") throw malformed("query", "text");
  if (body.kind("documents") !== "array") throw malformed("documents", "a list");
}

/** A text, or an object with one; a picture is for the provider that takes it. @throws Fault `request_malformed` */
export function queryOf(native: unknown, malformed: Malformed): string {
  const text = textOf(native) ?? textOf(fieldsOf(native).text);
  if (text === undefined) throw malformed("query", "text");
  return text;
}

/** Texts, or objects with one. @throws Fault `request_malformed` */
export function documentsOf(native: unknown, malformed: Malformed): readonly string[] {
  const documents = listOf(native);
  if (documents.length === 0) throw malformed("documents", "a list with something in it");
  return documents.map((document, at) => {
    const text = textOf(document) ?? textOf(fieldsOf(document).text);
    if (text === undefined) throw malformed(`documents[${at}]`, "text");
    return text;
  });
}

/** Best first, each of a document that was given. @throws Fault `upstream_malformed` */
export function readResults(native: unknown, { documents }: RerankRequest): RerankAnswer["results"] {
  if (!Array.isArray(native)) throw unreadable("The provider's answer holds no ranking.");
  return native.map((each) => {
    const fields = fieldsOf(each);
    const index = numberOf(fields.index);
    const score = numberOf(fields.relevance_score) ?? numberOf(fields.relevanceScore);
    if (index === undefined || score === undefined || documents[index] === undefined)
      throw unreadable("The provider ranks a document that was not given, or gives it no score.");
    return { index, score };
  });
}

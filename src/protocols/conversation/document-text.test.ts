import { expect, test } from "bun:test";
import type { DocumentPart } from "../../exchange/index.ts";
import { documentText, titleOf, underTitle } from "./document-text.ts";

const named = (names: Partial<DocumentPart>): DocumentPart => ({ type: "document", source: { kind: "text", text: "words" }, ...names });

test("a text stands under the document's title, or its file's name, or alone", () => {
  expect(underTitle(named({ title: "Plan", filename: "p.txt" }), "words")).toBe("Plan\n\nwords");
  expect(underTitle(named({ filename: "p.txt" }), "words")).toBe("p.txt\n\nwords");
  expect(underTitle(named({ title: "", filename: "p.txt" }), "words")).toBe("p.txt\n\nwords");
  expect(underTitle(named({}), "words")).toBe("words");
  expect(underTitle(named({ title: "" }), "words")).toBe("words");
});

test("a picture is called nothing", () => {
  expect(titleOf({ type: "image", source: { kind: "url", url: "https://a/b.png" } })).toBeUndefined();
});

test("the text of a document is what it holds as text, also in base64, and nothing else", () => {
  const data = Buffer.from("Köln").toString("base64");
  expect(documentText({ source: { kind: "text", text: "words" } })).toBe("words");
  expect(documentText({ source: { kind: "base64", mediaType: "text/markdown", data } })).toBe("Köln");
  expect(documentText({ source: { kind: "base64", mediaType: "application/pdf", data } })).toBeUndefined();
  expect(documentText({ source: { kind: "url", url: "https://d" } })).toBeUndefined();
});

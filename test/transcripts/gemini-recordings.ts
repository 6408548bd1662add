import type { Fields } from "../../src/protocols/gemini/fields.ts";
import { loadTranscripts, transcriptsFolder } from "./load.ts";

/** One recorded exchange with Google, as far as it was recorded. */
export interface Recorded {
  readonly name: string;
  readonly request?: Fields;
  /** 0 where no answer was recorded. */
  readonly status: number;
  readonly body: string;
}

/** Every recorded `generateContent` of both of Google's APIs, for tests; they stay where they are. */
export function recordings(): Recorded[] {
  const folder = transcriptsFolder();
  if (folder === undefined) return [];
  const exchanges = loadTranscripts(folder).exchanges.filter(
    ({ dialect, leftOut }) => dialect === "gemini-generate" && leftOut === undefined,
  );
  return exchanges.map(({ id, answer, requestJson }) => ({
    name: id,
    status: answer?.status ?? 0,
    body: new TextDecoder().decode(answer?.body),
    ...(requestJson && { request: requestJson }),
  }));
}

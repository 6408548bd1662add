import type { Usage } from "../../../src/exchange/index.ts";
import { type Dialect, fileOfForm, isObject, listOf, parseJson, type RecordedAnswer, type RecordedExchange } from "../exchange.ts";
import { type FormPart, partsOf } from "../files/form-parts.ts";
import type { Arrival } from "../replay-upstream.ts";

/** The recorded files, or the least one where the recorder kept none; undefined where the question is JSON. */
export function filesOf({ request }: RecordedExchange, dialect: Dialect): readonly FormPart[] | undefined {
  const name = fileOfForm(dialect);
  if (name === undefined) return undefined;
  const type = request?.headers["content-type"];
  const recorded = request && partsOf(type, request.body)?.filter(({ file }) => file !== undefined);
  if (recorded !== undefined && recorded.length > 0) return recorded;
  if (dialect === "openai-image-edits" && type?.includes("json")) return undefined;
  const bytes = Buffer.from("the bytes of a file");
  return [name === "image" ? { name, file: "a.png", type: "image/png", bytes } : { name, file: "a.mp3", type: "audio/mpeg", bytes }];
}

/** The first file that did not arrive as it was. */
export function filesDifference(files: readonly FormPart[], { headers, body }: Arrival): string | undefined {
  const arrived = partsOf(headers["content-type"], body)?.filter(({ file }) => file !== undefined) ?? [];
  if (arrived.length !== files.length) return `${arrived.length} files instead of ${files.length}`;
  const changed = files.find((file, at) => {
    const other = arrived[at];
    return other?.name !== file.name || other.file !== file.file || !Buffer.from(other.bytes).equals(file.bytes);
  });
  return changed && `the file ${changed.file} in ${changed.name}`;
}

/** What was metered, where an answer about sound or pictures says otherwise: tokens where it tells them, else pictures or begun seconds. */
export function mediaMeterDifference(dialect: Dialect, metered: Usage | undefined, { body }: RecordedAnswer): string | undefined {
  const json = parseJson(new TextDecoder().decode(body));
  if (!/^openai-(image|trans)/.test(dialect) || !isObject(json)) return undefined;
  const usage = isObject(json.usage) ? json.usage : {};
  const { input_tokens: input, output_tokens: output } = usage;
  if (typeof input === "number" && typeof output === "number" && input + output > 0) {
    const got = `${(metered?.inputUncached ?? 0) + (metered?.cacheRead ?? 0)}/${metered?.output}`;
    return got === `${input}/${output}` ? undefined : `metered ${got} instead of ${input}/${output}`;
  }
  const unit = fileOfForm(dialect) === "file" ? "audioSecond" : "image";
  const counted = unit === "image" ? listOf(json.data).length : (usage.seconds ?? json.duration);
  if (typeof counted !== "number" || metered?.units?.[unit] === Math.ceil(counted)) return undefined;
  return `metered ${metered?.units?.[unit]} of ${unit} instead of ${counted}`;
}

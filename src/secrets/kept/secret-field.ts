import { Secret } from "../secret.ts";
import { type BackendReading, unavailable } from "../sources/backend.ts";

/** `PATH#FIELD`: a hash is in no path of any store. */
export function parted(reference: string): { readonly path: string; readonly field: string | undefined } {
  const hash = reference.indexOf("#");
  return hash < 0 ? { path: reference, field: undefined } : { path: reference.slice(0, hash), field: reference.slice(hash + 1) };
}

/** The field of what stands at a path, or the one text that stands there. @throws Fault `secret_unavailable` */
export function fieldOf(value: BackendReading["value"], field: string | undefined, path: string): Secret {
  if (value instanceof Secret) return field === undefined ? value : memberOf(value, field, path);
  const fields = Object.values(value);
  const found =
    field === undefined && fields.length === 1 ? fields[0] : field !== undefined && Object.hasOwn(value, field) ? value[field] : undefined;
  if (found !== undefined && found.reveal() !== "") return found;
  if (field === undefined) throw unavailable(`${path} has ${fields.length} fields: name one behind a hash, as ${path}#apiKey`);
  throw unavailable(`${path} has no field ${field}`);
}

/** Stores of plain texts are often given JSON. */
function memberOf(text: Secret, field: string, path: string): Secret {
  let object: unknown;
  try {
    object = JSON.parse(text.reveal());
  } catch {
    throw unavailable(`${path} is no JSON object, so it has no field ${field}`);
  }
  const found =
    typeof object === "object" && object !== null && Object.hasOwn(object, field) ? (object as Record<string, unknown>)[field] : undefined;
  if ((typeof found === "string" && found !== "") || typeof found === "number") return new Secret(String(found));
  throw unavailable(`${path} has no field ${field}`);
}

/** Every text that a reference to what stands at a path may come to. */
export function valuesOf(value: BackendReading["value"]): readonly string[] {
  if (!(value instanceof Secret)) return Object.values(value).map((secret) => secret.reveal());
  const text = value.reveal();
  if (!text.trimStart().startsWith("{")) return [text];
  try {
    return [text, ...Object.values(JSON.parse(text) as Record<string, unknown>).map(String)];
  } catch {
    return [text];
  }
}

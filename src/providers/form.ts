import type { Exchange, MemberEdit } from "../exchange/index.ts";
import type { SurfaceForm } from "./provider.ts";

/** What `{model}` and `{project}` stand for; a member whose name is not known is left out. */
interface Named {
  readonly model: string;
  readonly upstream: { readonly project: string | undefined };
}

const none: readonly MemberEdit[] = [];

/** What a surface wants changed in a body that passes otherwise untouched. */
export function formEdits(
  { http, body }: Pick<Exchange, "http" | "body">,
  { members, listed }: SurfaceForm,
  target: Named,
): readonly MemberEdit[] {
  if (members === undefined && listed === undefined) return none;
  const edits: MemberEdit[] = [];
  for (const [name, form] of Object.entries(members ?? {})) {
    const value = written(form, target);
    if (value !== undefined) edits.push({ name, json: JSON.stringify(value) });
    else if (body.has(name)) edits.push({ name, json: undefined });
  }
  for (const [header, name] of Object.entries(listed ?? {})) {
    const value = http.header(header);
    // What stands in the body already was written for this surface.
    if (value === undefined || body.has(name)) continue;
    const list = value.split(",").flatMap((part) => part.trim() || []);
    if (list.length > 0) edits.push({ name, json: JSON.stringify(list) });
  }
  return edits;
}

/** The same for a body that was made here. */
export function formBody(body: Record<string, unknown>, { members }: SurfaceForm, target: Named): Record<string, unknown> {
  if (members === undefined) return body;
  const kept = Object.entries(body).filter(([name]) => !(name in members));
  const own = Object.entries(members).map(([name, form]) => [name, written(form, target)] as const);
  return Object.fromEntries([...own.filter(([, value]) => value !== undefined), ...kept]);
}

function written(form: string | undefined, { model, upstream }: Named): string | undefined {
  return form === "{model}" ? model : form === "{project}" ? upstream.project : form;
}

/** Of two edits of one member the later one counts. */
export function joinedEdits(first: readonly MemberEdit[], then: readonly MemberEdit[]): readonly MemberEdit[] {
  return [...first.filter(({ name }) => !then.some((edit) => edit.name === name)), ...then];
}

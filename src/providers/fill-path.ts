/**
 * An address with the names of a call: `{model}` as one segment, `{model/}` as a path of its own, `{verb}`. Undefined for names that
 * would lead elsewhere: callers choose them.
 */
export function fillPath(address: string, model: string, verb: string): string | undefined {
  if (!address.includes("{")) return address;
  const segments = model.split("/");
  const leadsOut = address.includes("{model/}") ? segments.some((segment) => /^\.{0,2}$/.test(segment)) : /^\.{1,2}$/.test(model);
  if (leadsOut) return undefined;
  return address
    .replace("{model}", () => escaped(model))
    .replace("{model/}", () => segments.map(escaped).join("/"))
    .replace("{verb}", () => verb);
}

function escaped(segment: string): string {
  return encodeURIComponent(segment).replaceAll("%40", "@");
}

const longest = 1024;

/**
 * Where to go after logging in: a path of this gateway, whatever was asked for. What browsers would read as another host (`//host`,
 * `/\host`, a tab in between) is none.
 */
export function ownPath(asked: string | undefined): string {
  if (asked === undefined || asked.length > longest || !/^\/[\x21-\x5b\x5d-\x7e]*$/.test(asked)) return "/";
  const base = "https://sluice.invalid";
  if (!URL.canParse(asked, base)) return "/";
  const { origin, pathname, search } = new URL(asked, base);
  return origin === base && !pathname.startsWith("//") ? `${pathname}${search}` : "/";
}

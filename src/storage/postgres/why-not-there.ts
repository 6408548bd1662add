/** What PostgreSQL says to who asks in the wrong way, by its SQLSTATE. */
const refusals: Readonly<Record<string, string>> = {
  "3D000": "has no database of the name in the URL (3D000). Make it, or mend the name",
  "28P01": "does not take the password in the URL (28P01). Mend it",
  "28000": "does not let the user in the URL in (28000). Mend the name, or what pg_hba.conf says of it",
  "42501":
    "does not let the user in the URL use or make the schema `sluice` (42501). Let it own the database, or GRANT CREATE ON DATABASE … TO it",
  "53300": "takes no more connections (53300). Give it more, or fewer to others: each process takes four",
};

/** In words that follow the server's name, with what to do next; nothing that the server said, which may hold an address. */
export function whyNotThere(cause: unknown): string {
  const code = (cause as { errno?: unknown } | undefined)?.errno ?? (cause as { code?: unknown } | undefined)?.code;
  const refusal = typeof code === "string" ? refusals[code] : undefined;
  const silence = `does not answer${typeof code === "string" ? ` (${code})` : ""}. Check that it runs, and the address, name and password in the URL`;
  return refusal ?? silence;
}

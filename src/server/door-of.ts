/** Who answers beside the line. */
export type Door = "admin" | "documents" | "login" | "scim";

/** What the gateway says about itself. */
export const documentPaths = ["/openapi.json", "/v1/openapi.json", "/docs", "/docs/admin", "/docs/faults"] as const;

export const adminPrefix = "/admin/v1";

const documents: ReadonlySet<string> = new Set(documentPaths);

/** Whose a path is to answer, whatever stands there; undefined: the line's. */
export function doorOf(path: string): Door | undefined {
  if (documents.has(path)) return "documents";
  if (path === adminPrefix || path.startsWith(`${adminPrefix}/`)) return "admin";
  if (path.startsWith("/auth/")) return "login";
  return path.startsWith("/scim/") ? "scim" : undefined;
}

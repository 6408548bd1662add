/** The roles that are always there. `owner` may do everything, and is what keys of before there were roles are. */
export const builtInRoles = ["owner", "admin", "finance", "auditor", "developer", "viewer"] as const;
export type BuiltInRole = (typeof builtInRoles)[number];

interface PermissionRow {
  readonly doc: string;
  /** Who has it beside the owner. */
  readonly roles: readonly Exclude<BuiltInRole, "owner">[];
}

/**
 * The one table of permissions, as `objects:act`, and of the built-in roles. A row of the table of operations names the one that it
 * needs; a field that needs another one names that. What a role does not have here it may not do.
 */
export const permissionTable = {
  "organisations:read": { doc: "See organisations.", roles: ["admin", "finance", "auditor"] },
  "organisations:write": { doc: "Make, change and remove organisations, and what models they may use.", roles: [] },
  "teams:read": { doc: "See teams.", roles: ["admin", "finance", "auditor", "developer", "viewer"] },
  "teams:write": { doc: "Make, change and remove teams, and what models they may use.", roles: ["admin"] },
  "applications:read": { doc: "See applications.", roles: ["admin", "finance", "auditor", "developer"] },
  "applications:write": { doc: "Make, change and remove applications.", roles: ["admin", "developer"] },
  "users:read": { doc: "See people.", roles: ["admin", "auditor"] },
  "users:write": { doc: "Make, change and remove people.", roles: ["admin"] },
  "service-accounts:read": { doc: "See service accounts.", roles: ["admin", "auditor", "developer"] },
  "service-accounts:write": { doc: "Make, change and remove service accounts.", roles: ["admin"] },
  "groups:read": { doc: "See groups.", roles: ["admin", "auditor"] },
  "groups:write": { doc: "Make, change and remove groups, and who is in them.", roles: ["admin"] },
  "roles:read": { doc: "See roles and what they may do.", roles: ["admin", "auditor"] },
  "roles:write": { doc: "Make, change and remove roles.", roles: [] },
  "roles:grant": { doc: "Give roles to keys, people, service accounts and groups.", roles: ["admin"] },
  "keys:read": { doc: "See keys, and never the keys themselves.", roles: ["admin", "finance", "auditor", "developer"] },
  "keys:write": { doc: "Make, change, rotate and revoke keys.", roles: ["admin", "developer"] },
  "limits:read": { doc: "See limits and budgets, and what is left of them.", roles: ["admin", "finance", "auditor", "developer"] },
  "limits:write": { doc: "Set limits and budgets, begin them anew and add to them.", roles: ["admin", "finance"] },
  "end-users:trust": {
    doc: "Let keys and applications say which of their users a request is for.",
    roles: ["admin"],
  },
  "credentials:read": { doc: "See what the vault holds, and never the values.", roles: ["admin", "auditor"] },
  "credentials:write": { doc: "Put credentials into the vault, rotate and remove them.", roles: ["admin"] },
  "vault:rekey": { doc: "Change the master key of the vault.", roles: [] },
  "providers:read": { doc: "See providers, without their credentials.", roles: ["admin", "auditor"] },
  "providers:write": {
    doc: "Make, change and remove providers. Whoever may do that decides where requests and the gateway's credentials go.",
    roles: ["admin"],
  },
  "models:read": { doc: "See the names of models.", roles: ["admin", "finance", "auditor", "developer", "viewer"] },
  "models:write": { doc: "Make, change and remove models and their routes.", roles: ["admin"] },
  "models:call": { doc: "Call models, for those who come without a key of their own.", roles: ["admin", "developer"] },
  "prices:read": { doc: "See prices that stand over the catalog's.", roles: ["admin", "finance", "auditor"] },
  "prices:write": { doc: "Make, change and remove prices.", roles: ["admin", "finance"] },
  "policies:read": { doc: "See policies.", roles: ["admin", "auditor"] },
  "policies:write": { doc: "Make, change and remove policies.", roles: ["admin"] },
  "records:read": { doc: "See exchanges, without what they cost.", roles: ["admin", "auditor", "developer"] },
  "bodies:read": { doc: "See what was asked and what was answered, where that is kept. Each look is audited.", roles: [] },
  "bodies:erase": { doc: "Erase what was asked and what was answered, of one exchange or of somebody.", roles: ["admin"] },
  "usage:read": { doc: "See sums, without what they cost.", roles: ["admin", "finance", "auditor", "developer", "viewer"] },
  "costs:read": { doc: "See what exchanges cost.", roles: ["admin", "finance", "auditor"] },
  "chargeback:read": { doc: "See closed months and what is charged for them.", roles: ["admin", "finance", "auditor"] },
  "chargeback:write": { doc: "Close months, and put right what was charged by a wrong price.", roles: ["finance"] },
  "sessions:own": { doc: "See and end one's own sessions.", roles: ["admin", "finance", "auditor", "developer", "viewer"] },
  "sessions:read": { doc: "See who is logged in.", roles: ["admin", "auditor"] },
  "sessions:write": { doc: "End anybody's sessions.", roles: ["admin"] },
  "denials:read": { doc: "See which tokens and certificates are refused.", roles: ["admin", "auditor"] },
  "denials:write": { doc: "Refuse tokens and certificates, and take that back.", roles: ["admin"] },
  "scim:read": { doc: "See which directories keep people and groups in step, and never their tokens.", roles: ["admin", "auditor"] },
  "scim:write": { doc: "Let a directory elsewhere decide who is here and who is in which group.", roles: [] },
  "audit:read": { doc: "See what operators did.", roles: ["admin", "auditor"] },
  "config:read": { doc: "See the config and its versions.", roles: ["admin", "auditor"] },
  "config:write": { doc: "Apply whole configs and go back to earlier versions: everything of it at once.", roles: ["admin"] },
  "health:read": { doc: "See how the node is.", roles: ["admin", "auditor", "developer", "viewer"] },
} as const satisfies Readonly<Record<string, PermissionRow>>;

export type Permission = keyof typeof permissionTable;

export const permissions = Object.freeze(Object.keys(permissionTable) as Permission[]);

export function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissionTable, text);
}

/** What a built-in role may do; undefined where there is no such role. */
export function permissionsOfRole(role: string): readonly Permission[] | undefined {
  return permissionsByRole.get(role);
}

const permissionsByRole: ReadonlyMap<string, readonly Permission[]> = new Map(
  builtInRoles.map((role) => [
    role,
    Object.freeze(permissions.filter((name) => role === "owner" || (permissionTable[name] as PermissionRow).roles.includes(role))),
  ]),
);

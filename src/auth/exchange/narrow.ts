import { Fault, type Principal } from "../../exchange/index.ts";

type Rights = Pick<Principal, "scopes" | "models">;

const modelMark = "model:";

/**
 * What a request for a token asks for, within what its subject may do: words of `scope` (RFC 6749, section 3.3) are endpoints, as
 * `/v1/chat/completions` or `/v1/*`, and models, as `model:fast` or `model:openai/*`. What is not asked for stays as it was.
 *
 * @throws Fault `request_malformed` with the native code `invalid_scope`, for what is no such word or more than the subject may do
 */
export function narrowed(subject: Rights, scope: string | undefined): Rights {
  const words = scope === undefined ? [] : scope.split(" ").filter((word) => word !== "");
  const endpoints = words.filter((word) => /^\/[!-)+-~]*\*?$/.test(word));
  const models = words.filter((word) => word.startsWith(modelMark)).map((word) => word.slice(modelMark.length));
  if (endpoints.length + models.length !== words.length || models.includes(""))
    throw refused("holds a word that is neither an endpoint nor a model");
  const all = subject.scopes.length === 0 ? ["*"] : subject.scopes;
  if (!endpoints.every((word) => all.some((allowed) => holds(allowed, word))))
    throw refused("asks for an endpoint that the subject may not use");
  if (!models.every((word) => (subject.models ?? ["*"]).some((allowed) => holds(allowed, word))))
    throw refused("asks for a model that the subject may not use");
  return {
    scopes: endpoints.length > 0 ? endpoints : subject.scopes,
    ...(models.length > 0 ? { models } : subject.models && { models: subject.models }),
  };
}

/** The same for a token's own words, later: what its subject may not do any more, the token may not do either. */
export function stillAllowed(subject: Rights, token: Rights): Rights {
  const all = subject.scopes.length === 0 ? ["*"] : subject.scopes;
  const scopes = token.scopes.filter((word) => all.some((allowed) => holds(allowed, word)));
  const models = token.models?.filter((word) => (subject.models ?? ["*"]).some((allowed) => holds(allowed, word)));
  return {
    // Empty would mean every endpoint: none is a path that no endpoint has.
    scopes: token.scopes.length === 0 ? subject.scopes : scopes.length === 0 ? ["/"] : scopes,
    ...(models ? { models } : subject.models && { models: subject.models }),
  };
}

/** Whether everything that `word` stands for is held by `allowed`; only a `*` at the end is understood, anything else must be equal. */
function holds(allowed: string, word: string): boolean {
  if (allowed === word || allowed === "*") return true;
  const start = allowed.slice(0, -1);
  return allowed.endsWith("*") && !start.includes("*") && word.startsWith(start);
}

function refused(why: string): Fault {
  return new Fault("request_malformed", { message: `\`scope\` ${why}.`, param: "scope", nativeCode: "invalid_scope" });
}

/** Headers of an answer that its readers look at; the others tell of accounts, proxies and cookies. */
const kept = /^(content-type|retry-after|retry-after-ms|x-ratelimit-[\w-]+|anthropic-ratelimit-[\w-]+|x-amzn-errortype)$/;

/** Shapes of what belongs to somebody. Thoughts and signatures have none of them and stay as they are, to the byte. */
const private_: readonly (readonly [RegExp, string])[] = [
  [/\b(sk|pk|rk|gsk|xai|pplx|hf|nvapi|r8|fw|csk)[-_][A-Za-z0-9_*-]{6,}/g, "$1-REMOVED"],
  [/\bBearer [A-Za-z0-9._~+/=-]{8,}/g, "Bearer REMOVED"],
  [/\b(org|proj|user|acct|team)[-_][A-Za-z0-9]{8,}/g, "$1-REMOVED"],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, "REMOVED"],
  [/\bAIza[A-Za-z0-9_-]{20,}/g, "REMOVED"],
  [/\bya29\.[A-Za-z0-9_-]{20,}/g, "REMOVED"],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g, "REMOVED"],
  [/\barn:aws:[a-z0-9-]+:[a-z0-9-]*:\d{12}:/g, "arn:aws:REMOVED:"],
  [/[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/g, "someone@example.com"],
];

export function keptHeaders(headers: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => kept.test(name)));
}

/**
 * Text without what belongs to somebody.
 *
 * @param secrets what must not be left whatever its shape: keys, and names of accounts in addresses
 */
export function scrubbed(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) for (const form of formsOf(secret)) clean = clean.replaceAll(form, "REMOVED");
  for (const [pattern, instead] of private_) clean = clean.replace(pattern, instead);
  return clean;
}

/** The forms in which a secret could still stand there. */
export function leaks(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => formsOf(secret).some((form) => text.includes(form)));
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < 4) return [];
  const inJson = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, inJson, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])];
}

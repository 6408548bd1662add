/** The least length of a key that people choose themselves. */
export const leastSecretLength = 16;

/** Default keys that products shipped with or documented, and what people type instead of a key. */
const known = new Set(["edd1c9f034335f136f87ad84b625c8f1", "4054f7cf07e344346cd3f287985e76a2", "sk-1234", "sk-1234567890", "sk-litellm"]);

const placeholder =
  /^(sk-)?(change-?me|password|passw0rd|admin|administrator|secret|master-?key|default|example|test|your-?(api-?)?key)[-_!.0-9]*$/;

/**
 * Why nobody should guard a gateway with this secret, as words that follow "it"; undefined when nothing speaks
 * against it. Says nothing about how it was made.
 */
export function weakness(secret: string): string | undefined {
  const plain = secret.trim().toLowerCase();
  if (known.has(plain) || placeholder.test(plain)) return "is a well-known default";
  if (secret.length < leastSecretLength) return `is shorter than ${leastSecretLength} characters`;
  if (/[^!-~\u00a1-\uffff]/.test(secret)) return "holds white space or control characters";
  const unit = repeatedUnit(plain);
  if (unit !== undefined && (unit.length < leastSecretLength / 2 || known.has(unit) || placeholder.test(unit)))
    return "repeats a short text";
  if (new Set(plain.replace(/^sk-(sluice-)?/, "")).size < 6) return "has too few different characters";
  return undefined;
}

export function isWeakSecret(secret: string): boolean {
  return weakness(secret) !== undefined;
}

/** The shortest text that the whole is a repetition of. */
function repeatedUnit(text: string): string | undefined {
  const at = `${text}${text}`.indexOf(text, 1);
  return at < text.length ? text.slice(0, at) : undefined;
}

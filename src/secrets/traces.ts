/** So much of a secret in a row gives it away; of a shorter one, all of it. */
const tellingLetters = 12;
/** What is shorter than this is a word, not a secret. */
const leastLetters = 8;

/**
 * Whether a text tells one of the secrets: whole or in a part that gives it away, as it is, URL-encoded, in Base64 or in hexadecimal.
 * Costs some microseconds for each hundred letters: for texts of errors, not for those of answers.
 */
export function tells(text: string, secrets: readonly (string | undefined)[]): boolean {
  const traces = new Set<string>();
  let least = tellingLetters;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < leastLetters) continue;
    least = Math.min(least, secret.length);
    for (const form of formsOf(secret)) addPieces(form, Math.min(tellingLetters, secret.length), traces);
  }
  if (traces.size === 0) return false;
  for (let length = least; length <= tellingLetters; length++) {
    for (let at = 0; at + length <= text.length; at++) if (traces.has(text.slice(at, at + length))) return true;
  }
  return false;
}

function addPieces(form: string, length: number, traces: Set<string>): void {
  for (let at = 0; at + length <= form.length; at++) traces.add(form.slice(at, at + length));
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const coded = [0, 1, 2].flatMap((skipped) => {
    // In a longer text Base64 cuts at any of three places; the letters at the edges depend on what is beside it.
    const inner = bytes.subarray(skipped, bytes.length - ((bytes.length - skipped) % 3));
    return [inner.toString("base64"), inner.toString("base64url")];
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), bytes.toString("hex"), ...coded];
}

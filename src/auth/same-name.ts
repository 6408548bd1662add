/** Letters that are other letters in their small or composed form: long s, dotted I, ohm, kelvin, angstrom. */
const disguised = /[\u017F\u0130\u2126\u212A\u212B]/;

/**
 * Whether a name that somebody else chose is one of ours: whatever the case of its letters, and however they are composed; but no wide
 * letters, ligatures and the like (compatibility characters of Unicode, UAX 15), by which one name is made to look like another.
 */
export function isSameName(one: string, other: string): boolean {
  return one === other || (isPlain(one) && isPlain(other) && folded(one) === folded(other));
}

function isPlain(name: string): boolean {
  return !disguised.test(name) && name.normalize("NFC") === name.normalize("NFKC");
}

function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/**
 * Finds words of a list in text that comes in pieces (Aho and Corasick, 1975). Linear in the text whatever the list; a
 * match may be split anywhere. Letters compare without case and width (NFKC), and characters that show nothing are
 * passed over, so that they can't hide a word.
 */
export class WordFinder {
  readonly #next: Map<string, number>[] = [new Map()];
  readonly #fail: number[] = [0];
  /** The longest word that ends in this state, with its length in the folded text. */
  readonly #word: (string | undefined)[] = [undefined];
  readonly #depth: number[] = [0];
  /** Whether a word ends in this state or in one that it falls back to. */
  readonly #ends: boolean[] = [false];
  readonly wholeWords: boolean;

  constructor(words: readonly string[], wholeWords: boolean) {
    this.wholeWords = wholeWords;
    for (const word of words) this.#add(word);
    this.#link();
  }

  #add(word: string): void {
    let state = 0;
    for (const letter of folded(word)) {
      const known = this.#next[state]?.get(letter);
      if (known !== undefined) {
        state = known;
        continue;
      }
      const fresh = this.#next.length;
      this.#next.push(new Map());
      this.#fail.push(0);
      this.#word.push(undefined);
      this.#ends.push(false);
      this.#depth.push((this.#depth[state] as number) + 1);
      this.#next[state]?.set(letter, fresh);
      state = fresh;
    }
    if (state !== 0) this.#word[state] = word;
  }

  #link(): void {
    const queue = [...(this.#next[0]?.values() ?? [])];
    for (let at = 0; at < queue.length; at++) {
      const state = queue[at] as number;
      this.#ends[state] = this.#word[state] !== undefined || (this.#ends[this.#fail[state] as number] as boolean);
      for (const [letter, child] of this.#next[state] ?? []) {
        queue.push(child);
        this.#fail[child] = this.step(this.#fail[state] as number, letter);
      }
    }
  }

  /** The state after one folded letter. */
  step(from: number, letter: string): number {
    let state = from;
    for (;;) {
      const next = this.#next[state]?.get(letter);
      if (next !== undefined) return next;
      if (state === 0) return 0;
      state = this.#fail[state] as number;
    }
  }

  /** How many folded letters of a possible word lead to this state. */
  depth(state: number): number {
    return this.#depth[state] as number;
  }

  /** Most states end no word: asked before `wordsAt`, at every letter. */
  ends(state: number): boolean {
    return this.#ends[state] as boolean;
  }

  /** The words that end in this state, longest first, each with its length. */
  *wordsAt(state: number): Generator<{ word: string; length: number }> {
    for (let at = state; at !== 0; at = this.#fail[at] as number) {
      const word = this.#word[at];
      if (word !== undefined) yield { word, length: this.#depth[at] as number };
    }
  }
}

/** Text as the finder compares it: one case, one width, nothing invisible, every space a plain one. */
export function folded(text: string): string {
  if (/^[ -~]*$/.test(text)) return text.toLowerCase();
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/\s/gu, " ");
}

export function isWordLetter(letter: string): boolean {
  const code = letter.charCodeAt(0);
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95;
  return /[\p{L}\p{N}_]/u.test(letter);
}

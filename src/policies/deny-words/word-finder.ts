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
  readonly wholeWords: boolean;

  constructor(words: readonly string[], wholeWords: boolean) {
    this.wholeWords = wholeWords;
    for (const word of words) this.#add(word);
    this.#link();
  }

  #add(word: string): void {
    let state = 0;
    for (const letter of foldedLetters(word)) {
      const known = this.#next[state]?.get(letter);
      if (known !== undefined) {
        state = known;
        continue;
      }
      const fresh = this.#next.length;
      this.#next.push(new Map());
      this.#fail.push(0);
      this.#word.push(undefined);
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

  /** The words that end in this state, longest first, each with its length. */
  *wordsAt(state: number): Generator<{ word: string; length: number }> {
    for (let at = state; at !== 0; at = this.#fail[at] as number) {
      const word = this.#word[at];
      if (word !== undefined) yield { word, length: this.#depth[at] as number };
    }
  }
}

/** Text as the finder compares it, letter by letter; runs of space are one space. */
export function* foldedLetters(text: string): Generator<string> {
  for (const letter of text.normalize("NFKC").toLowerCase()) {
    if (/\p{Default_Ignorable_Code_Point}/u.test(letter)) continue;
    yield /\s/u.test(letter) ? " " : letter;
  }
}

export function isWordLetter(letter: string): boolean {
  return /[\p{L}\p{N}_]/u.test(letter);
}

import { folded, isWordLetter, type WordFinder } from "./word-finder.ts";

const mostRecent = 4096;

/**
 * One text that is being read: feeds the finder, and knows how much of the tail may still become a word.
 */
export class WordScan {
  readonly #finder: WordFinder;
  #state = 0;
  /** Folded letters read so far. */
  #position = 0;
  #previous = "";
  /** The letters of the current run, as far back as a word may begin, to look at the one before a match. */
  #recent: string[] = [];
  /** A whole word has ended and only the next letter tells whether it goes on. */
  #pending: { word: string; start: number }[] = [];

  constructor(finder: WordFinder) {
    this.#finder = finder;
  }

  /** Reads more text; the first listed word that it completes, if any. */
  push(text: string): string | undefined {
    for (const letter of folded(text)) {
      if (letter === " " && this.#previous === " ") continue;
      if (this.#pending.length > 0) {
        if (!isWordLetter(letter)) return this.#pending[0]?.word;
        this.#pending = [];
      }
      this.#previous = letter;
      this.#state = this.#finder.step(this.#state, letter);
      this.#position++;
      this.#recent.push(letter);
      if (this.#finder.ends(this.#state)) {
        const found = this.#found();
        if (found !== undefined) return found;
      }
      if (this.#recent.length > mostRecent) this.#recent = this.#recent.slice(-this.#finder.depth(this.#state) - 1);
    }
    return undefined;
  }

  #found(): string | undefined {
    for (const { word, length } of this.#finder.wordsAt(this.#state)) {
      if (!this.#finder.wholeWords) return word;
      const before = this.#recent[this.#recent.length - length - 1];
      const first = this.#recent[this.#recent.length - length] as string;
      const last = this.#recent[this.#recent.length - 1] as string;
      if (before !== undefined && isWordLetter(before) && isWordLetter(first)) continue;
      if (!isWordLetter(last)) return word;
      this.#pending.push({ word, start: this.#position - length });
    }
    return undefined;
  }

  /** The text has ended: a whole word that waited for its next letter is found after all. */
  end(): string | undefined {
    const found = this.#pending[0]?.word;
    this.#pending = [];
    this.#state = 0;
    return found;
  }

  /** The folded letter from which on the text may still turn out to hold a word; what lies before it is clean. */
  get safeUntil(): number {
    const starts = this.#pending.map((pending) => pending.start);
    return Math.min(this.#position - this.#finder.depth(this.#state), ...starts);
  }

  get position(): number {
    return this.#position;
  }
}

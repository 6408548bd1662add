const inspect = Symbol.for("nodejs.util.inspect.custom");
const hidden = "[secret]";

/** A value that is not printed, logged or serialised by accident: only `reveal` gives it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends or hashes it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [Symbol.toPrimitive](): string {
    return hidden;
  }

  [inspect](): string {
    return hidden;
  }
}

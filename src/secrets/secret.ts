const inspect = Symbol.for("nodejs.util.inspect.custom");
const hidden = "[secret]";

/** A value that is not printed, logged, cloned or serialised by accident: only `reveal` gives it. */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends, hashes or opens something with it. */
  reveal(): Value {
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

import { inspect } from "node:util";

/** A value that must not be printed: it shows as `[secret]` wherever it is logged, inspected or serialised. */
export interface Secret {
  /** The value itself, for the one place that needs it. */
  reveal(): string;
}

const shown = "[secret]";

/** Wraps a value that must not be printed. */
export function secret(value: string): Secret {
  const hidden = { reveal: () => value, toString: () => shown, toJSON: () => shown, [inspect.custom]: () => shown };
  return hidden;
}

/** Owns filling in the texts of the error catalogue (protocol/errors.json). */
import { ERRORS, type ErrorBody, type ErrorEntry } from '../protocol';

export type ErrorCode = keyof typeof ERRORS;

export type ErrorFields = Readonly<Record<string, string | number>>;

/** The error a user sees. A field that is not given keeps its name in braces. */
export function errorBody(
  code: ErrorCode,
  fields: ErrorFields = {}
): ErrorBody {
  const { message, kept, next, retryable }: ErrorEntry = ERRORS[code];
  return {
    code,
    message: fill(message, fields),
    kept: fill(kept, fields),
    next: fill(next, fields),
    retryable
  };
}

/** Whether a code is in this version's catalogue: a newer server may know more. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

function fill(template: string, fields: ErrorFields): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(fields, name) ? String(fields[name]) : whole
  );
}

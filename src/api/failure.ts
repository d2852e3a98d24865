/**
 * Owns what can go wrong between the browser and the local API.
 * Every rejected call of the client is an `ApiFailure` and nothing else.
 */
import { errorBody, type ErrorBody } from '@dotscience/core';

/**
 * - `refused`: the API answered with an error of the catalogue.
 * - `missing`: nothing of ours answers at that address: the server part is not installed.
 * - `offline`: no answer, or one from a proxy on the way; worth another try.
 * - `aborted`: the caller gave up.
 */
export type FailureKind = 'refused' | 'missing' | 'offline' | 'aborted';

export class ApiFailure extends Error {
  readonly kind: FailureKind;
  readonly body: ErrorBody;

  constructor(kind: FailureKind, body: ErrorBody) {
    super(body.message);
    this.name = 'ApiFailure';
    this.kind = kind;
    this.body = body;
  }

  /** True when the same call may succeed later without a change by the user. */
  get retryable(): boolean {
    return this.kind === 'offline' || this.body.retryable;
  }
}

export const offline = (): ApiFailure =>
  new ApiFailure('offline', errorBody('server-unreachable'));
export const missing = (): ApiFailure =>
  new ApiFailure('missing', errorBody('server-part-missing'));
export const aborted = (): ApiFailure =>
  new ApiFailure('aborted', errorBody('cancelled'));

/** What an answer with an error status means; `data` is its parsed body or text. */
export function fromAnswer(status: number, data: unknown): ApiFailure {
  if (isErrorBody(data)) {
    return new ApiFailure('refused', data);
  }
  if (status === 404 || status === 405) {
    return missing();
  }
  if (status === 401 || status === 403) {
    return new ApiFailure('refused', errorBody('forbidden'));
  }
  return offline();
}

/** Any thrown value as an `ApiFailure`; what is no failure of the API is a fault of ours. */
export function asFailure(reason: unknown): ApiFailure {
  if (reason instanceof ApiFailure) {
    return reason;
  }
  console.error('Dotscience:', reason);
  const log = 'in the console of the browser';
  return new ApiFailure(
    'refused',
    errorBody('internal', { detail: String(reason), log })
  );
}

function isErrorBody(data: unknown): data is ErrorBody {
  return (
    typeof data === 'object' &&
    data !== null &&
    'code' in data &&
    typeof data.code === 'string' &&
    'message' in data &&
    typeof data.message === 'string'
  );
}

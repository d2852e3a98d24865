// protocol/errors.json in both languages.
import { readFileSync } from 'node:fs';

import { inRoot } from '../paths.mjs';

const NOTE =
  'Made from protocol/errors.json by `npm run generate`. Do not edit.';

function readErrors() {
  return JSON.parse(readFileSync(inRoot('protocol/errors.json'), 'utf8'))
    .errors;
}

export function errorsTypeScript() {
  return `// ${NOTE}

export interface ErrorEntry {
  /** HTTP status. */
  readonly status: number;
  readonly retryable: boolean;
  /** Text with {fields} to fill in. */
  readonly message: string;
  readonly kept: string;
  readonly next: string;
}

export const ERRORS = ${JSON.stringify(readErrors())} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
`;
}

const python = value =>
  typeof value === 'boolean'
    ? value
      ? 'True'
      : 'False'
    : JSON.stringify(value);

function pythonEntry([code, entry]) {
  const fields = ['status', 'retryable', 'message', 'kept', 'next'];
  const lines = fields.map(f => `        ${f}=${python(entry[f])},`);
  return [`    ${python(code)}: ErrorEntry(`, ...lines, '    ),'].join('\n');
}

export function errorsPython() {
  const errors = readErrors();
  const codes = Object.keys(errors).map(code => `    ${python(code)},`);
  return `"""${NOTE}"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ErrorEntry:
    """One error: HTTP status, and texts with {fields} to fill in."""

    status: int
    retryable: bool
    message: str
    kept: str
    next: str


ErrorCode = Literal[
${codes.join('\n')}
]

ERRORS: dict[ErrorCode, ErrorEntry] = {
${Object.entries(errors).map(pythonEntry).join('\n')}
}
`;
}

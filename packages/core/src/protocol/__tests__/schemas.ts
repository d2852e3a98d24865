/** The schemas of `protocol/` as validators, for tests of both packages and the extension. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

export const PROTOCOL = join(__dirname, '../../../../../protocol');
const SCHEMA = '.schema.json';

export function readJson(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(join(...path), 'utf8'));
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
readdirSync(PROTOCOL)
  .filter(name => name.endsWith(SCHEMA))
  .forEach(name => ajv.addSchema(readJson(PROTOCOL, name) as object));

/** The validator of `protocol/<name>.schema.json`; throws when there is none. */
export function validator(name: string): ValidateFunction {
  const found = ajv.getSchema(
    `https://dotscience.dev/protocol/${name}${SCHEMA}`
  );
  if (!found) {
    throw new Error(`no schema ${name}`);
  }
  return found;
}

/** What does not fit, null when all does. */
export function misfits(name: string, value: unknown): unknown {
  const validate = validator(name);
  validate(value);
  return validate.errors ?? null;
}

// Reads protocol/*.schema.json into one set of definitions named by title.
// The files repeat shared definitions, so that each stands alone for a validator;
// here the same title must mean the same thing.
import { readdirSync, readFileSync } from 'node:fs';

import { inRoot } from '../paths.mjs';

const SUFFIX = '.schema.json';

function readSchemas() {
  const files = readdirSync(inRoot('protocol')).filter(f => f.endsWith(SUFFIX));
  return new Map(
    files
      .sort()
      .map(f => [f, JSON.parse(readFileSync(inRoot('protocol', f), 'utf8'))])
  );
}

function resolveTitle(ref, file, schemas) {
  const [target, pointer] = ref.split('#');
  const start = schemas.get(target || file);
  const found = (pointer ?? '')
    .split('/')
    .filter(Boolean)
    .reduce((node, key) => node?.[key], start);
  if (!found?.title) {
    throw new Error(`protocol/${file}: ${ref} names nothing with a title`);
  }
  return found.title;
}

/** Moves every titled object into `definitions` and leaves a reference. */
function hoist(node, context) {
  if (Array.isArray(node)) {
    return node.map(item => hoist(item, context));
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  if (typeof node.$ref === 'string') {
    const title = resolveTitle(node.$ref, context.file, context.schemas);
    return { $ref: `#/$defs/${title}` };
  }
  const copy = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === '$defs') {
      Object.values(value).forEach(item => hoist(item, context));
    } else if (!['$schema', '$id'].includes(key)) {
      copy[key] = hoist(value, context);
    }
  }
  return typeof copy.title === 'string' ? define(copy, context) : copy;
}

function define(schema, { definitions, file }) {
  const known = definitions[schema.title];
  if (known && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(
      `protocol/${file}: "${schema.title}" differs from the one in another file`
    );
  }
  definitions[schema.title] = schema;
  return { $ref: `#/$defs/${schema.title}` };
}

export function readDefinitions() {
  const schemas = readSchemas();
  const definitions = {};
  for (const [file, schema] of schemas) {
    hoist(schema, { definitions, file, schemas });
  }
  return definitions;
}

import { compile } from 'json-schema-to-typescript';

import { readDefinitions } from './schemas.mjs';

const BANNER = `// Made from protocol/*.schema.json by \`npm run generate\`. Do not edit.`;

// Unknown fields are kept by readers, but code that names one is a mistake:
// an index signature would hide it from the compiler.
function close(node) {
  if (Array.isArray(node)) {
    return node.map(close);
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, close(value)])
  );
  if (copy.properties && copy.additionalProperties === true) {
    copy.additionalProperties = false;
  }
  if (copy.description === '') {
    delete copy.description;
  }
  return copy;
}

export function typesTypeScript() {
  const $defs = close(readDefinitions());
  const anyOf = Object.keys($defs)
    .sort()
    .map(title => ({ $ref: `#/$defs/${title}` }));
  // The union exists so that every definition is reached.
  return compile({ title: 'AnyShape', anyOf, $defs }, 'AnyShape', {
    additionalProperties: false,
    bannerComment: BANNER,
    format: false
  });
}

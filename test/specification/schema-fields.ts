// The fields of schemas/config.schema.json, as fields/ names them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../support/paths.js';

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
}

interface Root extends Schema {
  readonly $defs: Readonly<Record<string, Schema>>;
}

/** Every field that holds a value, entries of lists as `[]`, of maps as `.*`. */
export function readSchemaFields(): string[] {
  const root = JSON.parse(readFileSync(join(PROJECT, 'schemas', 'config.schema.json'), 'utf8')) as Root;
  return listFields(root, root.$defs, '');
}

function listFields(schema: Schema, defs: Root['$defs'], path: string): string[] {
  if (schema.$ref !== undefined) return listFields(defs[schema.$ref.replace('#/$defs/', '')] ?? {}, defs, path);
  if (schema.items !== undefined) return listFields(schema.items, defs, `${path}[]`);
  if (schema.additionalProperties !== undefined) return listFields(schema.additionalProperties, defs, `${path}.*`);
  if (schema.properties === undefined) return [path];
  return Object.entries(schema.properties).flatMap(([key, field]) =>
    listFields(field, defs, path === '' ? key : `${path}.${key}`),
  );
}

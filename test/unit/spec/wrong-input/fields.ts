// What the schema says can be wrong with each field: the cases that must be there.

import { readFileSync } from 'node:fs';
import type { Kind } from './wrong-input.js';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const SCHEMA = JSON.parse(
  readFileSync(new URL('../../../../schemas/config.schema.json', import.meta.url), 'utf8'),
) as Schema;

/** Of these nothing is used on Linux. */
const OTHER_PLATFORMS = ['windows', 'solaris', 'vm', 'zos', 'freebsd'];

export interface Field {
  /** Such as `mounts[].options[]` or `annotations{}`; '' is the document. */
  readonly name: string;
  readonly kinds: readonly Kind[];
}

/** Every field of the schema. */
export function listFields(): Field[] {
  const fields: Field[] = [];
  walk('', SCHEMA, false, fields);
  return fields;
}

function walk(name: string, reference: Schema, isRequired: boolean, fields: Field[]): void {
  const schema = resolve(reference);
  fields.push({ name, kinds: [...(isRequired ? (['required'] as const) : []), ...kindsOf(schema)] });
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    if (name !== '' || !OTHER_PLATFORMS.includes(key)) {
      walk(name === '' ? key : `${name}.${key}`, child, schema.required?.includes(key) === true, fields);
    }
  }
  if (schema.items !== undefined) {
    walk(`${name}[]`, schema.items, false, fields);
  }
  if (schema.additionalProperties !== undefined) {
    walk(`${name}{}`, schema.additionalProperties, false, fields);
  }
}

function kindsOf(schema: Schema): readonly Kind[] {
  if (schema.enum !== undefined) return ['type', 'enum'];
  return schema.type === 'integer' ? ['type', 'fraction', 'below', 'above'] : ['type'];
}

function resolve(schema: Schema): Schema {
  const name = schema.$ref?.slice('#/$defs/'.length);
  return name === undefined ? schema : { ...resolve(SCHEMA.$defs?.[name] as Schema), ...schema };
}

/** The field that a place in a document is; null if the schema has none there. */
export function fieldAt(keys: readonly (string | number)[]): string | null {
  let name = '';
  let schema = SCHEMA;
  for (const key of keys) {
    schema = resolve(schema);
    if (typeof key === 'number') {
      name += '[]';
    } else {
      name += schema.properties?.[key] === undefined ? '{}' : name === '' ? key : `.${key}`;
    }
    const child = typeof key === 'number' ? schema.items : (schema.properties?.[key] ?? schema.additionalProperties);
    if (child === undefined) {
      return null;
    }
    schema = child;
  }
  return name;
}

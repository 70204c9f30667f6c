// What becomes of a field of config.json, and how it is written down in fields/.

/** What tsrun does with a field. */
export type Treatment =
  /** It has its effect. */
  | 'honoured'
  /** It has none, and a warning says so. */
  | 'warned'
  /** The specification has it ignored, or it is for somebody else to read. */
  | 'ignored';

export interface Field {
  /** From the document, entries of lists as `[]`, of maps as `.*`: `linux.resources.unified.*`. */
  readonly path: string;
  readonly treatment: Treatment;
  /** Operations of the plan, and files that decide where there is none; a reason where it is not honoured. */
  readonly by: readonly string[];
  /** As of clauses: `integration/hooks: run in the namespaces of their kind`. */
  readonly shown: readonly string[];
}

/** The fields of one object that are treated alike: `''` is the object itself. */
export function fields(
  parent: string,
  names: readonly string[],
  by: string | readonly string[],
  ...shown: readonly string[]
): Field[] {
  return treated('honoured', parent, names, typeof by === 'string' ? [by] : by, shown);
}

export function warned(parent: string, names: readonly string[], why: string, ...shown: readonly string[]): Field[] {
  return treated('warned', parent, names, [why], shown);
}

export function ignored(parent: string, names: readonly string[], why: string, ...shown: readonly string[]): Field[] {
  return treated('ignored', parent, names, [why], shown);
}

function treated(
  treatment: Treatment,
  parent: string,
  names: readonly string[],
  by: readonly string[],
  shown: readonly string[],
): Field[] {
  return names.map((name) => ({ path: parent === '' ? name : `${parent}.${name}`, treatment, by, shown }));
}

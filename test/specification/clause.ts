// What a clause of the specification is, and how it is written down in clauses/.

/** RFC 2119's words; `must` and `should not` are those that the specification has in lower case. */
export type Level = 'MUST' | 'MUST NOT' | 'REQUIRED' | 'SHOULD' | 'SHOULD NOT' | 'MAY NOT' | 'must' | 'should not';

/** How it stands with a clause; without any of these, tests in test/specification have to show it. */
export interface Standing {
  /** Tests of other rings that show it, as titles.ts reads them: `integration/hooks: run in the namespaces of their kind`. */
  readonly shown?: readonly string[];
  /** Whom it binds, when that is not a runtime on Linux: nothing has to show it then. */
  readonly binds?: string;
  /** In what tsrun differs on purpose, and why. */
  readonly differs?: string;
}

export interface Draft<Id extends string = string> extends Standing {
  readonly id: Id;
  readonly level: Level;
  /** The sentence of the specification, to the letter but for links and emphasis. */
  readonly text: string;
}

export interface Clause<Id extends string = string> extends Draft<Id> {
  /** Document and heading, as an address ends: `runtime.md#state`. */
  readonly section: string;
}

/** One clause; its id is unique in all of clauses/. */
export function clause<const Id extends string>(
  id: Id,
  level: Level,
  text: string,
  standing: Standing = {},
): Draft<Id> {
  return { id, level, text, ...standing };
}

/** The clauses of one section, in the order of the document. */
export function section<Id extends string>(address: string, ...drafts: readonly Draft<Id>[]): Clause<Id>[] {
  return drafts.map((draft) => ({ ...draft, section: address }));
}

/** Who writes config.json, or what makes it. */
export const AUTHOR = 'the author of config.json';

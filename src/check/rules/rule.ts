// What a rule of `check` is. The tables beside this file have them, by id.

/** error: tsrun refuses the container, or it cannot work. warning: something is not what its author will have meant. note: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

export interface Rule {
  /** Of its findings, where they do not say otherwise. */
  readonly severity: Severity;
  /** What its findings have in common, in a few words. */
  readonly summary: string;
  /** Why it matters and what to do, for those who do not know. */
  readonly help: string;
}

export function error(summary: string, help: string): Rule {
  return { severity: 'error', summary, help };
}

export function warning(summary: string, help: string): Rule {
  return { severity: 'warning', summary, help };
}

export function note(summary: string, help: string): Rule {
  return { severity: 'note', summary, help };
}

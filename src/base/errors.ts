// The one error type of the project, its codes, and the subclasses that callers catch. Pure: no I/O, nothing printed.

/**
 * Every code a TsrunError can have. Documented for users in docs/errors.md.
 * USAGE: the command line is wrong. SPEC_INVALID: config.json breaks a rule; all problems are listed. SPEC_UNSUPPORTED: valid, but this
 * version or host cannot do it. CONTAINER_*: the container exists, does not, or is in the wrong status. STATE_CORRUPT: a state file cannot be
 * trusted. HOST_UNSUPPORTED: the kernel or host lacks something. HELPER_FAILED: a step of the plan failed. HELPER_DIED: the helper ended without
 * an answer. HOOK_FAILED: a hook of config.json failed. IO: a file of the user or the state directory cannot be read or written.
 * INTERNAL: a defect of tsrun.
 */
export type ErrorCode =
  | 'USAGE'
  | 'SPEC_INVALID'
  | 'SPEC_UNSUPPORTED'
  | 'CONTAINER_EXISTS'
  | 'CONTAINER_NOT_FOUND'
  | 'CONTAINER_STATUS'
  | 'STATE_CORRUPT'
  | 'HOST_UNSUPPORTED'
  | 'HELPER_FAILED'
  | 'HELPER_DIED'
  | 'HOOK_FAILED'
  | 'IO'
  | 'INTERNAL';

export interface ErrorOptions {
  /** What the user can do about it, one sentence, no full stop. */
  hint?: string | undefined;
  /** Machine-readable facts, shown with --debug and in JSON logs. */
  details?: Readonly<Record<string, unknown>> | undefined;
  cause?: unknown;
}

/** The only error the library throws on purpose: lower case, no full stop, action first. */
export class TsrunError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TsrunError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** One thing wrong with a config.json: where (JSON path such as `mounts[1].options[0]`, '' is the whole document), what was found, what is wanted. */
export interface SpecProblem {
  readonly path: string;
  readonly message: string;
  /** The document is right, and this host cannot do it. */
  readonly ofHost?: true | undefined;
}

/** SPEC_UNSUPPORTED where nothing but the host stands in the way. */
export function codeOfProblems(problems: readonly SpecProblem[]): 'SPEC_INVALID' | 'SPEC_UNSUPPORTED' {
  return problems.every(({ ofHost }) => ofHost) ? 'SPEC_UNSUPPORTED' : 'SPEC_INVALID';
}

/** A config.json that breaks the specification, or asks for what cannot be given; `problems` has all of them, never only the first. */
export class SpecError extends TsrunError {
  readonly problems: readonly SpecProblem[];
  /** How the message begins, with the name of the document: `invalid config.json`. */
  readonly begin: string;
  /** How many there are, where `problems` ends with the number of those that it leaves out: `70`, or `at least 1000`. */
  readonly count: string;

  constructor(
    code: 'SPEC_INVALID' | 'SPEC_UNSUPPORTED',
    problems: readonly SpecProblem[],
    {
      document = 'config.json',
      count = String(problems.length),
      ...options
    }: ErrorOptions & { readonly document?: string; readonly count?: string } = {},
  ) {
    const begin = code === 'SPEC_INVALID' ? `invalid ${document}` : `cannot use ${document}`;
    super(code, `${begin}: ${problems.map(describeProblem).join('; ')}`, options);
    this.name = 'SpecError';
    this.problems = problems;
    this.begin = begin;
    this.count = count;
  }
}

/** Longer lines are read by nobody, and a value or a key of config.json can have 16 MiB. */
const MAX_LENGTH = 1000;

/** A problem as one line, without its middle where that is long. */
export function describeProblem({ path, message }: SpecProblem): string {
  const line = path === '' ? message : `${path}: ${message}`;
  if (line.length <= MAX_LENGTH) {
    return line;
  }
  const half = MAX_LENGTH / 2;
  // Surrogates are cut off with their other half.
  return `${line.slice(0, half).replace(/[\ud800-\udbff]$/, '')}…${line.slice(-half).replace(/^[\udc00-\udfff]/, '')}`;
}

// What strace -f -y --decode-pids=pidns writes, as calls. Pure. A line that it does not know is a problem, not nothing: an audit that
// skips what it cannot read would find everything in order.

/** One system call, from where it began to where it returned. */
export interface Call {
  readonly pid: number;
  readonly name: string;
  /** As strace prints them, such as `"/dev"`, `5</tmp/rootfs>` or `{flags=O_PATH}`. */
  readonly args: readonly string[];
  /** Behind the `=`; null of a call that never came back. */
  readonly result: string | null;
  /** Of the trace, from 1. */
  readonly line: number;
}

export interface Trace {
  readonly calls: readonly Call[];
  readonly problems: readonly string[];
}

// A short number is padded to five places.
const BEGINNING = /^(\d+) +(\w+)\((.*)$/s;
const END = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/s;
/** Signals, ends of processes, threads that another thread's execve ends, and calls that were not made any more, of killed processes. */
const EVENT =
  /^\d+ +(--- SIG|--- stopped|\+\+\+ exited|\+\+\+ killed|\+\+\+ superseded|\?\?\?\( <unfinished|<\.\.\. \?\?\? resumed>\))/;
const UNFINISHED = /\s?<unfinished \.\.\.>$/;

interface Begun {
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

export function parseTrace(text: string): Trace {
  const calls: Call[] = [];
  const problems: string[] = [];
  const begun = new Map<number, Begun>();
  const finish = (pid: number, { name, text: rest, line }: Begun) => {
    const call = parseCall(pid, name, rest, line);
    if (call === null) problems.push(`line ${line}: not a system call: ${name}(${rest}`);
    else calls.push(call);
  };
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const beginning = BEGINNING.exec(content);
    const end = END.exec(content);
    if (beginning !== null) {
      const [, pid, name = '', rest = ''] = beginning;
      if (UNFINISHED.test(rest)) begun.set(Number(pid), { name, text: rest.replace(UNFINISHED, ''), line });
      else finish(Number(pid), { name, text: rest, line });
    } else if (end !== null) {
      const [, pid, name, rest = ''] = end;
      const before = begun.get(Number(pid));
      begun.delete(Number(pid));
      if (before === undefined || before.name !== name) problems.push(`line ${line}: has no beginning: ${content}`);
      else finish(Number(pid), { ...before, text: before.text + rest });
    } else if (content !== '' && !EVENT.test(content)) {
      problems.push(`line ${line}: not known: ${content}`);
    }
  }
  for (const [pid, { name, text: rest, line }] of begun) calls.push(newUnreturned(pid, name, rest, line));
  // In the order in which they were begun: a child may be seen before the call returns that made it.
  return { calls: calls.sort((a, b) => a.line - b.line), problems };
}

/** A call that a process was killed in has been made all the same. */
function newUnreturned(pid: number, name: string, text: string, line: number): Call {
  return { pid, name, args: splitArguments(text).args, result: null, line };
}

function parseCall(pid: number, name: string, text: string, line: number): Call | null {
  const { args, rest } = splitArguments(text);
  // `exit_group(0) = ?`, and with the end of a process in the middle of it `futex(… <unfinished ...>) = ?`.
  const result = /^\)\s+= (.*)$/s.exec(rest)?.[1];
  if (result === undefined) return null;
  return { pid, name, args, result: result === '?' ? null : result, line };
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Divides at the commas that are in no string, bracket or path of a descriptor, up to the bracket that closes the call. */
function splitArguments(text: string): { args: string[]; rest: string } {
  const args: string[] = [];
  const open: string[] = [];
  let start = 0;
  let at = 0;
  const take = () => {
    const arg = text.slice(start, at).trim();
    if (arg !== '') args.push(arg);
  };
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '"') at = endOfString(text, at);
    else if (character === '<' && text[at + 1] !== '<' && /[\dD]/.test(text[at - 1] ?? '')) at = endOfPath(text, at);
    else if (text.startsWith('/*', at)) at = Math.max(text.indexOf('*/', at), at) + 1;
    else if (CLOSING[character] !== undefined) open.push(CLOSING[character]);
    else if (character === open.at(-1)) open.pop();
    else if (character === ')' && open.length === 0) break;
    else if (character === ',' && open.length === 0) {
      take();
      start = at + 1;
    }
  }
  take();
  return { args, rest: text.slice(at) };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** strace writes `<` and `>` of a path as octal numbers, so the next one is the end. */
function endOfPath(text: string, start: number): number {
  const end = text.indexOf('>', start);
  return end < 0 ? text.length : end;
}

/** The text of a string argument; null where it is none. strace's escapes for what is no letter stay. */
export function stringOf(arg: string | undefined): string | null {
  return /^"((?:[^"\\]|\\.)*)"(?:\.\.\.)?$/s.exec(arg ?? '')?.[1] ?? null;
}

/** The number of a descriptor argument or result; null where it is none, as with AT_FDCWD. */
export function descriptorOf(arg: string | null | undefined): number | null {
  const number = /^(\d+)(?:<.*>(?:\(deleted\))?)?$/s.exec(arg ?? '')?.[1];
  return number === undefined ? null : Number(number);
}

/** The child that a call has made, as strace numbers it. */
export function childOf(result: string | null): number | null {
  const [, own, ours] = /^(\d+)(?: \/\* (\d+) in strace's PID NS \*\/)?$/.exec(result ?? '') ?? [];
  const pid = Number(ours ?? own ?? 0);
  return pid > 0 ? pid : null;
}

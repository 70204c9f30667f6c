// Which descriptors of a process are tsrun's own procfs: a detached one, which nobody can have mounted anything in, or directories of it.
import { type Call, descriptorOf } from './trace.js';

export class ProcfsDescriptors {
  readonly #contexts: Set<number>;
  readonly #directories: Set<number>;

  constructor(contexts: Iterable<number> = [], directories: Iterable<number> = []) {
    this.#contexts = new Set(contexts);
    this.#directories = new Set(directories);
  }

  /** As a child has them. */
  copy(): ProcfsDescriptors {
    return new ProcfsDescriptors(this.#contexts, this.#directories);
  }

  has(arg: string | undefined): boolean {
    const descriptor = descriptorOf(arg);
    return descriptor !== null && this.#directories.has(descriptor);
  }

  /** Follows what a call does to the numbers. Of whatever is not known here none is a procfs. */
  note(call: Call): void {
    const result = call.result === null ? null : descriptorOf(call.result);
    const leads = this.#leadsToProcfs(call);
    const isContext = call.name === 'fsopen' && call.args[0] === '"proc"';
    this.#forget(call);
    if (result === null || !MAKES_DESCRIPTOR.test(call.name)) return;
    this.#contexts.delete(result);
    this.#directories.delete(result);
    if (isContext) this.#contexts.add(result);
    if (leads) this.#directories.add(result);
  }

  #leadsToProcfs({ name, args }: Call): boolean {
    const from = descriptorOf(args[0]);
    if (name === 'fsmount') return from !== null && this.#contexts.has(from);
    if (name === 'openat') return this.has(args[0]) || (/^AT_FDCWD/.test(args[0] ?? '') && args[1] === '"/proc"');
    return (
      (name === 'fcntl' && /^F_DUPFD/.test(args[1] ?? '') && this.has(args[0])) ||
      (/^dup/.test(name) && this.has(args[0]))
    );
  }

  #forget({ name, args }: Call): void {
    const first = descriptorOf(args[0]);
    if (name === 'execve' || name === 'execveat') this.#keep(() => false);
    else if (name === 'close') this.#keep((descriptor) => descriptor !== first);
    else if (name === 'close_range' && args[2] === '0')
      this.#keep((descriptor) => descriptor < (first ?? 0) || descriptor > Number(args[1]));
  }

  #keep(stays: (descriptor: number) => boolean): void {
    for (const set of [this.#contexts, this.#directories]) for (const one of set) if (!stays(one)) set.delete(one);
  }
}

const MAKES_DESCRIPTOR =
  /^(open|openat|openat2|open_tree|fsopen|fsmount|fspick|dup|dup2|dup3|fcntl|socket|pidfd_open|memfd_create)$/;

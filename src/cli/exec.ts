// tsrun exec.
import {
  type ExecOptions,
  handOff,
  type ProcessSource,
  passedSocketCount,
  passedSocketNames,
  prepareExec,
  readProcessFile,
  resolveCallerPath,
  TsrunError,
} from '../index.js';
import type { Invocation } from './commands.js';
import { finish } from './finish.js';
import type { FlagValue } from './flags.js';
import { readPath, readPreserveFds } from './values.js';

export async function exec(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  const source = readSource(invocation);
  const { invocation: work, warnings } = await prepareExec(
    invocation.globals.root,
    id,
    source,
    readOptions(invocation),
  );
  for (const warning of warnings) invocation.warn(warning);
  return await finish(await handOff(work), invocation);
}

/** Without a document the command line has to name a program, as with runc. */
function readSource({ values, positionals }: Invocation): ProcessSource {
  if (typeof values.process === 'string') return readProcessFile(resolveCallerPath(values.process));
  if (positionals.length < 2) {
    const hint = '"tsrun exec ID PROGRAM [ARGUMENTS...]", or --process FILE';
    throw new TsrunError('USAGE', 'incorrect usage: no program is given', { hint });
  }
  return 'own';
}

function readOptions({ values, positionals }: Invocation): ExecOptions {
  const args = positionals.slice(1);
  return {
    args: args.length === 0 ? undefined : args,
    terminal: typeof values.tty === 'boolean' ? values.tty : undefined,
    cwd: readText(values.cwd),
    env: readMany(values.env),
    ...readUser(values.user),
    additionalGids: readMany(values['additional-gids'])?.map((text) => readId(text, '--additional-gids')),
    capabilities: readMany(values.cap),
    noNewPrivileges: values['no-new-privs'] === true ? true : undefined,
    apparmorProfile: readText(values.apparmor),
    selinuxLabel: readText(values['process-label']),
    detach: values.detach === true,
    subreaper: values['no-subreaper'] !== true,
    pidFile: readPath(values['pid-file']),
    consoleSocket: readPath(values['console-socket']),
    pidfdSocket: readPath(values['pidfd-socket']),
    preserveFds: readPreserveFds(values['preserve-fds']),
    listenFds: passedSocketCount(),
    listenNames: passedSocketNames(),
    ignorePaused: values['ignore-paused'] === true,
    cgroup: readText(values.cgroup),
  };
}

function readText(value: FlagValue): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readMany(value: FlagValue): readonly string[] | undefined {
  return typeof value === 'object' ? value : undefined;
}

/** Numbers are meant as such, as with runc; a name is looked up in the container. */
function readUser(value: FlagValue): Pick<ExecOptions, 'uid' | 'gid' | 'account'> {
  if (typeof value !== 'string' || value === '') return {};
  const [user = '', group, ...rest] = value.split(':');
  if (user === '' || group === '' || rest.length > 0) {
    throw new TsrunError('USAGE', `invalid value of --user ${JSON.stringify(value)}: must be USER or USER:GROUP`);
  }
  if (!isNumber(user) || !isNumber(group ?? '0')) return { account: { user, group: group ?? '' } };
  return { uid: readId(user, '--user'), gid: group === undefined ? undefined : readId(group, '--user') };
}

function isNumber(text: string): boolean {
  return /^-?[0-9]+$/.test(text);
}

function readId(text: string, flag: string): number {
  // (uid_t)-1 is none: setresuid(2).
  if (/^[0-9]{1,10}$/.test(text) && Number(text) < 0xffffffff) return Number(text);
  throw new TsrunError('USAGE', `invalid value of ${flag} ${JSON.stringify(text)}: must be a number below 4294967295`);
}

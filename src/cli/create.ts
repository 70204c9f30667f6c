// tsrun create, tsrun run.
import {
  type CreateOptions,
  handOff,
  type Preparation,
  passedSocketCount,
  prepareCreate,
  prepareRun,
  resolveCallerPath,
  TsrunError,
} from '../index.js';
import type { Invocation } from './commands.js';
import { finish } from './finish.js';

export async function create(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  return await take(invocation, await prepareCreate(invocation.globals.root, id, readOptions(invocation)));
}

export async function run(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  const { detach, keep } = invocation.values;
  const options = { ...readOptions(invocation), detach: detach === true, keep: keep === true };
  return await take(invocation, await prepareRun(invocation.globals.root, id, options));
}

async function take(invocation: Invocation, preparation: Preparation): Promise<number> {
  for (const warning of preparation.warnings) invocation.warn(warning);
  return await finish(await handOff(preparation.invocation), invocation);
}

function readOptions({ values, positionals, globals }: Invocation): CreateOptions {
  const bundle = values.bundle ?? positionals[1] ?? '.';
  return {
    bundle: resolveCallerPath(String(bundle)),
    pidFile: readPath(values['pid-file']),
    consoleSocket: readPath(values['console-socket']),
    pidfdSocket: readPath(values['pidfd-socket']),
    noPivot: values['no-pivot'] === true,
    noNewKeyring: values['no-new-keyring'] === true,
    preserveFds: readCount(values['preserve-fds']),
    listenFds: passedSocketCount(),
    cgroupManager: globals.cgroupManager,
  };
}

function readPath(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? resolveCallerPath(value) : undefined;
}

function readCount(value: string | boolean | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'string' && /^[0-9]{1,4}$/.test(value)) return Number(value);
  throw new TsrunError(
    'USAGE',
    `invalid value of --preserve-fds ${JSON.stringify(value)}: must be a count of descriptors`,
  );
}

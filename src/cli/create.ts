// tsrun create, tsrun run.
import {
  type CreateOptions,
  handOff,
  notifySocket,
  type Preparation,
  passedSocketCount,
  passedSocketNames,
  prepareCreate,
  prepareRun,
  resolveCallerPath,
} from '../index.js';
import type { Invocation } from './commands.js';
import { finish } from './finish.js';
import { readPath, readPreserveFds } from './values.js';

export async function create(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  return await take(invocation, await prepareCreate(invocation.globals.root, id, readOptions(invocation)));
}

export async function run(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  const { detach, keep, 'no-subreaper': alone } = invocation.values;
  const flags = { detach: detach === true, keep: keep === true, subreaper: alone !== true };
  const options = { ...readOptions(invocation), ...flags };
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
    preserveFds: readPreserveFds(values['preserve-fds']),
    listenFds: passedSocketCount(),
    listenNames: passedSocketNames(),
    notifySocket: notifySocket(),
    cgroupManager: globals.cgroupManager,
    rootless: globals.rootless,
  };
}

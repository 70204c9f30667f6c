// config.json as it was at create, to the last digit. Apart from the store, because its parser is slow and is seldom needed.
import { join } from 'node:path';
import type { ContainerId } from '../base/container-id.js';
import { readRegularFile } from '../host/files.js';
import { parseExactJson } from '../spec/exact-json.js';
import type { Spec } from '../spec/types.js';
import { containerDirectory, MAX_STATE_BYTES } from './store.js';

/**
 * The spec of a container whose record has been read (readRecord()), with every integer exact: a bigint where a number cannot hold it.
 * @throws TsrunError SPEC_INVALID where the file is not the one that has been read.
 */
export function readExactSpec(root: string, id: ContainerId): Spec {
  const path = join(containerDirectory(root, id), 'state.json');
  return (parseExactJson(readRegularFile(path, MAX_STATE_BYTES).toString(), path) as { spec: Spec }).spec;
}

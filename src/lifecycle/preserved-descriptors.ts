// --preserve-fds and socket activation: the descriptors that a program is to keep have to be there.
import { fstatSync } from 'node:fs';
import { TsrunError } from '../base/errors.js';
import { firstClosedDescriptor } from '../host/caller.js';

/**
 * The engine has descriptors of its own, so what the front noted counts; without the front, what is open now.
 * @throws TsrunError USAGE naming the first of `count` descriptors from 3 on that is not open.
 */
export function checkDescriptors(count: number): void {
  const firstClosed = firstClosedDescriptor();
  for (let fd = 3; fd < 3 + count; fd++) {
    if (firstClosed === null ? !isOpen(fd) : fd >= firstClosed) {
      throw new TsrunError('USAGE', `cannot preserve descriptor ${fd}: it is not open`);
    }
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

// Container ids: parsed once, before any file is touched, into a type that cannot be a path.
import { TsrunError } from './errors.js';

declare const containerIdBrand: unique symbol;
/** An id that is safe as one path component of the state root. */
export type ContainerId = string & { readonly [containerIdBrand]: true };

const MAX_LENGTH = 255; // NAME_MAX

/** True if the text is an id: a name of the state root that is not one belongs to somebody else. */
export function isContainerId(text: string): text is ContainerId {
  return text.length <= MAX_LENGTH && /^[A-Za-z0-9_+][A-Za-z0-9_+.-]*$/.test(text);
}

/**
 * Accepts runc's and crun's characters, `[A-Za-z0-9_+.-]`, 1 to 255 of them, not starting with `.` or `-`: such an id is never a path,
 * an option or a hidden file.
 * @throws TsrunError USAGE for anything else.
 */
export function parseContainerId(text: string): ContainerId {
  if (isContainerId(text)) return text;
  const shown = text.length > 64 ? `${text.slice(0, 64)}...` : text;
  throw new TsrunError('USAGE', `invalid container ID format: ${JSON.stringify(shown)}`, {
    hint: 'an id has 1 to 255 of the characters A-Z a-z 0-9 _ + . - and does not begin with "." or "-"',
  });
}

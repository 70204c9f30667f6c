// `tsrun --version`: three lines that go-runc and podman parse.
import { OCI_VERSION } from '../index.js';

declare const TSRUN_COMMIT: string | undefined;
declare const TSRUN_LIBSECCOMP: string | undefined;

export const VERSION = '0.1.0';

/** The commit this was built from, as the build says; `unknown` outside a build. */
export const COMMIT = typeof TSRUN_COMMIT === 'string' ? TSRUN_COMMIT : 'unknown';

/** The version of libseccomp in the helper, as the build says; `unknown` outside a build. */
export const LIBSECCOMP = typeof TSRUN_LIBSECCOMP === 'string' ? TSRUN_LIBSECCOMP : 'unknown';

export function versionText(): string {
  return `tsrun version ${VERSION}\ncommit: ${COMMIT}\nspec: ${OCI_VERSION}\n`;
}

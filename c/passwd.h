/*
 * The parser of a container's passwd(5): a pure function of hostile bytes, apart from program.c so that it can be fuzzed.
 */
#ifndef TSRUN_PASSWD_H
#define TSRUN_PASSWD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The home directory of the first well-formed entry of `uid`, NUL-terminated in `home`; false, and `home` untouched, when there is
 * none. `text` need not be NUL-terminated. Names are never looked at: a user called "0" is nobody.
 */
bool home_from_passwd(const char *text, size_t length, uid_t uid, char *home, size_t size);

#endif

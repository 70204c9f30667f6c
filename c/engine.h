/* Finds and executes the TypeScript engine. */
#ifndef TSRUN_ENGINE_H
#define TSRUN_ENGINE_H

#include <limits.h>
#include <stdbool.h>

/* tsrun-engine beside this program, whatever link it was called by; false after printing why not. */
bool engine_find(char engine[PATH_MAX]);
/* Executes it, or the same TypeScript on Node where it has not been compiled. Returns only on failure, after printing why: 1. */
int engine_execute(const char *engine, int argc, char **argv, char **environment);
/* Prints "tsrun: message" and answers 1: the only words that C has for a user, for when there is no engine to word anything. */
int engine_missing(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

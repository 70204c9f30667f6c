/* Finds and executes the TypeScript engine. */
#ifndef TSRUN_ENGINE_H
#define TSRUN_ENGINE_H

#include <limits.h>
#include <stdbool.h>

/* tsrun-engine beside this program, whatever link it was called by; false with errno. */
bool engine_find(char engine[PATH_MAX]);
/* Executes it, or the same TypeScript on Node where it has not been compiled. Returns only on failure, after printing why: 1. */
int engine_execute(const char *engine, int argc, char **argv, char **environment);
/* Prints "tsrun: message" and answers 1: the only words that C has for a user, for when there is no engine to word anything. */
int engine_missing(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- engine_output.c ---- */
/* A file in memory for the engine's standard error; -1 when there can be none: then it has the caller's. */
int engine_output_open(void);
/* Prints what the engine has said, and of one that failed in words of others no more than a line; with --debug all of it. Closes the file. */
void engine_output_pass(int *output, bool died, bool debug);

#endif

/* The verbs that need no decision in the plain case, done without the engine. */
#ifndef TSRUN_EXPRESS_H
#define TSRUN_EXPRESS_H

#include <stdbool.h>

/*
 * Does `state`, `kill`, `start` or `exec` of a container where nothing about it is doubtful: the exit status. -1: the engine has to look at it;
 * `repeated` then says whether it is an exec of the same document as one before, of which it may keep what it decides.
 */
int express_try(int argc, char **argv, bool *repeated);

#endif

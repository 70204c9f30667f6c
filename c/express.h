/* The verbs that need no decision in the plain case, done without the engine. */
#ifndef TSRUN_EXPRESS_H
#define TSRUN_EXPRESS_H

/* Does `state`, `kill` or `start` of a container where nothing about it is doubtful: the exit status. -1: the engine has to look at it. */
int express_try(int argc, char **argv);

#endif

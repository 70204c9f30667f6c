/* The two verbs that managers call all the time, answered without the engine. */
#ifndef TSRUN_EXPRESS_H
#define TSRUN_EXPRESS_H

/* Answers `state` or `kill` of a container where nothing about it is doubtful: the exit status. -1: the engine has to look at it. */
int express_try(int argc, char **argv);

#endif

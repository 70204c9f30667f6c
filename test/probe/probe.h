/* What the probe's files share. A command is given its arguments, NULL-terminated, and answers the exit status. */
#pragma once

/* One line on standard error, from errno; answers 1. */
int failed(const char *what);
/* Seconds, with a fraction. Signals that are handled do not shorten it. */
void sleep_for(const char *text);
/* Prints a line that a test waits for. */
void say(const char *line);

int make_directory(char **args);

/* load.c: what uses up a limit. */
int spin(char **args);
int allocate(char **args);
int hold(char **args);
int allocate_in_child(char **args);
int fork_many(char **args);
int read_direct(char **args);

/* watch.c: what answers to a change from outside. */
int family(char **args);
int child_in(char **args);
int watch_open(char **args);

/* What the files about cgroups share; tsrun.h has what others may call. */
#ifndef TSRUN_CGROUP_H
#define TSRUN_CGROUP_H

#include "tsrun.h"

#include <limits.h>

#define CGROUP_PATIENCE 10000 /* milliseconds for a killed, emptied or frozen cgroup to become what it was told to be */

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t cgroup_now(void);
/* The root of a cgroup2 tree, which nothing else may be mounted as; -1 after report. */
int cgroup_open_root(const char *root);
/* A cgroup directly below; `name` is one component; -1 with errno. */
int cgroup_open_beneath(int directory, const char *name);
/* Takes the next component off the path: 1, 0 at its end, -1 after report when it is none that a cgroup can have. */
int cgroup_take_component(const char **path, char name[NAME_MAX + 1]);
/* The extended attribute of a cgroup that was made only to hold a container's: the last container in it takes it with it. */
#define CGROUP_MADE "user.tsrun.parent"
/*
 * The parent of the cgroup, and the cgroup's own name in `last`. With `make`, missing parents are made. *absent is set, and -1
 * answered without a report, when one is missing and not made.
 */
int cgroup_open_parent(const char *root, const char *path, bool make, char last[NAME_MAX + 1], bool *absent);
/* The cgroup, made if need be, with its parents; -1 after report. */
int cgroup_make(const char *root, const char *path);
/* Reads a small file of a cgroup whole; -1 with errno. */
ssize_t cgroup_read_file(int cgroup, const char *name, char *text, size_t size);
/* Waits until `key` of cgroup.events is `value`: 1; 0 when it is not in time; -1 after report. A cgroup that is gone has nothing in it. */
int cgroup_await_event(int cgroup, const char *key, int value);
/* The processes of the cgroup, in one line, for a message; what is in cgroups below it is not listed. */
const char *cgroup_list_processes(int cgroup, char *text, size_t size);
/* Says on the cgroup whose it is, as far as the kernel can keep that. */
void cgroup_mark(struct walk *walk, int cgroup);
bool cgroup_bears(int cgroup, const char *mark);
/* Kills all in the open cgroup and below, and waits until it is empty. */
int cgroup_kill_open(int cgroup);
/* -1 after report when somebody is in it, or it is frozen. */
int cgroup_check_unused(int cgroup);

/* ---- cgroup_text.c ---- */
/* The number after `key` in a file of lines "KEY NUMBER", such as memory.events; -1 when there is none. */
long long cgroup_read_key(const char *text, const char *key);
/* Whether `word` is one of a line of words that one space separates, as in cgroup.controllers. */
bool cgroup_has_word(const char *line, const char *word);
/* The path of the cgroup2 tree in the text of /proc/PID/cgroup, which it changes; NULL where there is none. */
char *cgroup_path_of_process(char *text);

#endif

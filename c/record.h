/* What went wrong, as lines for TypeScript: the failure first, then what failed while cleaning up, and warnings. */
#ifndef TSRUN_RECORD_H
#define TSRUN_RECORD_H

#include "tsrun.h"

/* Records quote the plan from this descriptor, which they own; teardown removes the file. */
void record_quote_plan(int fd);
/* A process that a container can trace must not have it: from here on nothing is quoted. */
void record_forget_plan(void);
/* Appends the current report: KIND<TAB>LINE<TAB>CALL<TAB>ERRNO<TAB>DETAIL<TAB>PLAN LINE, escaped as in a plan. */
void record_add(const char *kind, unsigned line);
/* Appends "death<TAB>SIGNAL": how init died, when it did so by itself. */
void record_add_death(int signal);
/* Appends "memory<TAB>LIMIT<TAB>OOM<TAB>OOM_KILL<TAB>CGROUP": memory.max and the counts of memory.events; OOM_KILL is -1 where nothing is known. */
void record_add_memory(const struct cgroup_memory *memory);
bool record_is_empty(void);
/* Writes the record to a file of the state directory; a failure to do so is left to the record that is delivered anyway. */
void record_save(int directory, const char *name);
/* Delivers it as helper.c's REPORT says: answers `status` after writing to a descriptor, and does not return when the engine takes over. */
int record_deliver(const char *target, int argc, char **argv, int status);

/* The end of create: the helper lets init go on alone, with its fifo. */
int commit_send(struct walk *walk);
/* init: true when the commit has come, or when helper and init go on together. Exits when the helper is gone. */
bool commit_received(struct walk *walk);

#endif

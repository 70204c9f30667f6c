/* The walk over a plan's sections. */
#ifndef TSRUN_RUN_H
#define TSRUN_RUN_H

#include "tsrun.h"

/* Does this side's operations of a section, in order, and stops at the first failure: -1, walk->line (or failed_line) says where. */
int run_section(struct walk *walk, enum section section);
/* Does every operation of a section, all of the host side, whatever fails; `note` is called with the current report after each failure. */
int run_every(struct walk *walk, enum section section, void (*note)(unsigned line));
/*
 * Does every operation of the teardown, whatever fails, but removes the state only when all else is gone; `note` is called with the
 * current report after each failure. -1 when something is left.
 */
int run_teardown(struct walk *walk, bool with_hooks, void (*note)(unsigned line));
/* Signals every process of the container: of its cgroup, where it has one. */
int run_kill_all(struct walk *walk, int number);
/* Stops every process of the container's cgroup, or lets them go on. */
int run_freeze(struct walk *walk, bool freeze);
/* What the container's cgroup tells about its memory, or the plan about its limit; false when the cgroup tells nothing. */
bool run_read_memory(struct walk *walk, struct cgroup_memory *memory);

/* Of poststop hooks, in a teardown: what fails of it is a warning (runtime.md), and nothing is left for it. */
bool run_is_for_hooks(enum op_code code);

/* ---- run_cgroup.c ---- */
/* One operation on a cgroup. */
int run_cgroup(struct walk *walk, const struct op *op);
/* 1, 0, or -1 after report. Without the mark, what is in a cgroup of that name belongs to somebody else: teardown must not kill it. */
int run_owns_cgroup(struct walk *walk);

/* ---- turns.c ---- */
int turn_pass(struct walk *walk);
/* Waits for it, and does what init asks for before. */
int turn_take(struct walk *walk);

#endif

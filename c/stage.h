/* A process in between: it enters namespaces that only its child can be born in, or that take away the right to others. */
#ifndef TSRUN_STAGE_H
#define TSRUN_STAGE_H

#include "tsrun.h"

/* The ends of what a stage tells the helper; theirs is closed by everybody but the stage. */
struct stage {
	int ours, theirs;
};

int stage_open(struct stage *stage);
/* Closes both ends; what is -1 stays. */
void stage_close(struct stage *stage);
#define owned_stage __attribute__((cleanup(stage_close))) struct stage
/* In the stage: there is a child of the helper's (`pid` as the helper sees it, 0: the stage itself goes on), or, -1, the current report. */
void stage_tell(struct stage *stage, pid_t pid, int pidfd);
/*
 * In the helper, which has the stage as walk->init and init_pidfd: waits for what it tells, and has its child as those. Where that fails
 * the stage is still walk->init, so that it is ended like one.
 */
int stage_await(struct walk *walk, struct stage *stage);

#endif

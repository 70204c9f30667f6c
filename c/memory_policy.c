/*
 * The memory policy of init, which it sets for itself: no other process can, and execve(2) keeps it.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

#define MOST_NODES 4096 /* as many as src/plan/memory-policy.ts lets through; kernels have at most 1024 (MAX_NUMNODES) */
#define WORD_BITS (8 * sizeof(unsigned long))

static int add_node(unsigned long *mask, const char *text)
{
	char *end;
	unsigned long node = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || node >= MOST_NODES)
		return report_refuse("bad node", "%s", text);
	mask[node / WORD_BITS] |= 1ul << node % WORD_BITS;
	return 0;
}

int memory_policy_set(uint64_t mode, uint64_t flags, char **nodes)
{
	unsigned long mask[MOST_NODES / WORD_BITS] = { 0 };
	bool empty = !*nodes;
	for (; *nodes; nodes++)
		if (add_node(mask, *nodes) < 0)
			return -1;
	/* One bit more than there are: the kernel takes the last for the end (mm/mempolicy.c, get_nodes()). */
	long result = syscall(SYS_set_mempolicy, (int)(mode | flags), empty ? NULL : mask, empty ? 0 : MOST_NODES + 1);
	return result < 0 ? report_set("set_mempolicy", NULL) : 0;
}

/* What the helper can be called for: the words of its MODE, and what each of them means (helper.c). */
#ifndef TSRUN_MODE_H
#define TSRUN_MODE_H

#include <stdbool.h>

struct mode {
	const char *name;
	bool creates, starts, supervises, tears_down, discards, finishes, kills;
	bool freezes, thaws, updates, undoes, executes, collects;
};

/* That of a text such as `kill=9`; NULL for one that is none. */
const struct mode *mode_find(const char *text);

#endif

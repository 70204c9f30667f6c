/*
 * A terminal in the foreground: what is typed on tsrun's own goes to the container's, and what the container writes comes back.
 */
#ifndef TSRUN_RELAY_H
#define TSRUN_RELAY_H

#include "supervise.h"

/* From here on the container's terminal is this command's to serve: it has the size of the terminal that tsrun is on, if there is one. */
int relay_prepare(struct walk *walk);
/*
 * What serves it during supervise(), or NULL when there is nothing to serve. A terminal on standard input is raw from here on, and no
 * signal is delivered any more, until relay_end() gives both back.
 */
const struct source *relay_begin(struct walk *walk);
void relay_end(void);

#endif

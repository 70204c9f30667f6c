/* Copies a directory tree between descriptors (tmpcopyup). */
#ifndef TSRUN_COPY_H
#define TSRUN_COPY_H

/* Copies all below `from` (with owner, mode and times of last change left to the kernel) into the directory `to`; -1 after report. */
int copy_tree(int from, int to);

#endif

/* The helper's own sealed copy (CVE-2019-5736). */
#ifndef TSRUN_SEALED_H
#define TSRUN_SEALED_H

/* Answers 0 when this process runs from a sealed memfd; otherwise makes one and executes it; -1 with errno. */
int sealed_reexecute(char **argv);

/* A sealed copy of this program, open in a descriptor that is not close-on-exec; -1 with errno. */
int sealed_copy(void);

#endif

/* The helper's own sealed copy (CVE-2019-5736). */
#ifndef TSRUN_SEALED_H
#define TSRUN_SEALED_H

/* Answers 0 when this process runs from a sealed memfd; otherwise makes one and executes it; -1 with errno. */
int sealed_reexecute(char **argv);

#endif

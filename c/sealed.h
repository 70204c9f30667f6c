/* The helper's own sealed copy (CVE-2019-5736). */
#ifndef TSRUN_SEALED_H
#define TSRUN_SEALED_H

#include <stdbool.h>

/* True if this process runs from a sealed memfd. */
bool sealed_is(void);
/* Makes a sealed copy of this program and executes it; returns only on failure. */
void sealed_execute(char **argv, char **environment);
/* Reports what made sealed_execute() return. Always returns -1. */
int sealed_report(void);

#endif

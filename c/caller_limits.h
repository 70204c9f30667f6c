/* Resource limits of the caller's that tsrun itself could not work under. */
#ifndef TSRUN_LIMITS_H
#define TSRUN_LIMITS_H

#include <stdbool.h>

/* False, after saying so, where there are too few descriptors for anything. */
bool limits_check_files(void);
/* The same of what the engine takes. */
bool limits_check_engine(void);
/* In the process that becomes the engine: as much of each as it takes. Its limits are nobody else's. */
void limits_raise_for_engine(void);

#endif

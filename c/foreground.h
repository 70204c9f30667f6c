/* A command in the foreground: run, and exec. */
#ifndef TSRUN_FOREGROUND_H
#define TSRUN_FOREGROUND_H

#include "tsrun.h"

/* Waits for the end of init, with signals forwarded, the terminal relayed and NOTIFY_SOCKET served; answers its wait status. */
int foreground_wait(struct walk *walk, int *status);
/* The file `exit` of the state directory. */
void foreground_write_exit(struct walk *walk, int status);

#endif

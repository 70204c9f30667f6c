/*
 * NOTIFY_SOCKET: the socket by which a program says that it is ready, and what its caller gets to know of that.
 */
#ifndef TSRUN_NOTIFY_H
#define TSRUN_NOTIFY_H

#include "supervise.h"

int notify_make_directory(struct walk *walk);
int notify_bind(struct walk *walk);
/* Waits for the word, or for the end of init; -1 after report where a signal ended the waiting. */
int notify_await(struct walk *walk);
/* The same as a source of a foreground run, whose own end the caller sees: no pid is told, and nothing waits. */
struct source notify_source(struct walk *walk);

/* ---- notify_message.c ---- */
#define NOTIFY_READY "READY=1"
/* Whether it is a line of the message; of one that is not `whole` the last line has been cut. */
bool notify_has_ready_line(const char *text, size_t length, bool whole);

#endif

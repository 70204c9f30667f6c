/*
 * The command line of this process as everybody sees it who sees the process: the kernel asks nobody's permission for /proc/PID/cmdline.
 * That of a command is the caller's: paths of the host, and values of --env that only one program of the container is to have.
 */
#include "tsrun.h"

#include <stdio.h>
#include <string.h>

#include "poison.h"

static char *text;
static size_t length;

void command_line_note(int argc, char **argv)
{
	/* One behind the other, as execve(2) left them. */
	text = argc > 0 ? argv[0] : NULL;
	length = argc > 0 ? (size_t)(argv[argc - 1] - argv[0]) + strlen(argv[argc - 1]) + 1 : 0;
}

void command_line_hide(void)
{
	if (!text)
		return;
	memset(text, 0, length);
	snprintf(text, length, "tsrun");
}

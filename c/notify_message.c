/* What a program says to NOTIFY_SOCKET, as text (sd_notify(3)). It is a stranger's: any bytes, of which READY=1 alone is looked for. */
#include "notify.h"

#include <string.h>

#include "poison.h"

bool notify_has_ready_line(const char *text, size_t length, bool whole)
{
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t line = end ? (size_t)(end - text) : length;
		if (line == strlen(NOTIFY_READY) && (end || whole) && memcmp(text, NOTIFY_READY, line) == 0)
			return true;
		if (!end)
			return false;
		length -= line + 1;
		text = end + 1;
	}
	return false;
}

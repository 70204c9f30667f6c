/*
 * libFuzzer's entry to home_from_passwd. The first byte chooses the uid and the size of the answer, the rest is the file.
 */
#include "passwd.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uid_t uids[] = { 0, 1, 1000, UINT32_MAX };
	char home[64];
	if (size < 1)
		return 0;
	size_t room = (size_t)(data[0] >> 2);
	/* Not NUL-terminated, and exactly as long as promised. */
	char *text = malloc(size - 1 ? size - 1 : 1);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	if (home_from_passwd(text, size - 1, uids[data[0] & 3], home, room) && (home[0] != '/' || strlen(home) >= room))
		abort();
	free(text);
	return 0;
}

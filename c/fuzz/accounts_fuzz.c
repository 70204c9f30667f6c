/*
 * libFuzzer's entry to the parsers of passwd(5) and group(5). The first byte chooses what is looked for and the size of the answer, the
 * rest is the file.
 */
#include "accounts.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void find_users(const char *text, size_t length, unsigned which, size_t room)
{
	static const uid_t uids[] = { 0, 1, 1000, UINT32_MAX };
	static const char *const names[] = { "root", "a", "", "#" };
	static struct account account;
	char home[64];
	if (home_from_passwd(text, length, uids[which], home, room))
		REQUIRE(home[0] == '/' && strlen(home) < room);
	if (!account_from_passwd(text, length, names[which], &account))
		return;
	bool is_nobody = account.uid == UINT32_MAX || account.gid == UINT32_MAX || !*names[which] || *names[which] == '#';
	REQUIRE(!is_nobody && (!account.home[0] || account.home[0] == '/'));
}

static void find_groups(const char *text, size_t length, unsigned which)
{
	static const char *const names[] = { "root", "a", "", "0" };
	gid_t gid = 0, groups[4];
	if (gid_from_group(text, length, names[which], &gid))
		REQUIRE(gid != UINT32_MAX && *names[which]);
	size_t count = memberships_from_group(text, length, names[which], groups, which + 1);
	REQUIRE(count <= which + 1);
	for (size_t i = 0; i < count; i++)
		REQUIRE(groups[i] != UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	/* Not NUL-terminated, and exactly as long as promised. */
	char *text = malloc(size - 1 ? size - 1 : 1);
	REQUIRE(text);
	memcpy(text, data + 1, size - 1);
	find_users(text, size - 1, data[0] & 3, (size_t)(data[0] >> 2));
	find_groups(text, size - 1, data[0] & 3);
	free(text);
	return 0;
}

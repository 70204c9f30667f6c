/* What cgroups tell, as text: cgroups(7) and cgroup-v2.rst have the forms. It reads text and nothing else. */
#include "cgroup.h"

#include <stdlib.h>
#include <string.h>

#include "poison.h"

long long cgroup_read_key(const char *text, const char *key)
{
	size_t length = strlen(key);
	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return strtoll(line + length + 1, NULL, 10);
	return -1;
}

bool cgroup_has_word(const char *line, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = line; (at = strstr(at, word)); at += length)
		if ((at == line || at[-1] == ' ') && strchr(" \n", at[length]))
			return true;
	return false;
}

char *cgroup_path_of_process(char *text)
{
	static const char prefix[] = "0::";
	char *line = text;
	while (strncmp(line, prefix, sizeof(prefix) - 1) != 0) {
		char *end = strchr(line, '\n');
		if (!end)
			return NULL;
		line = end + 1;
	}
	line += sizeof(prefix) - 1;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

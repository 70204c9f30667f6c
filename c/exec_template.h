/* The plan of an exec, of the template that TypeScript wrote when the container was made (schemas/plan.md). */
#ifndef TSRUN_EXEC_TEMPLATE_H
#define TSRUN_EXEC_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the caller and the moment decide. Absent: NULL, or a count of 0. */
struct exec_call {
	pid_t init;
	uint64_t init_start;
	bool detached;
	char uid[16]; /* empty: none */
	const char *gid, *cwd, *pid_file;
	char **env;
	size_t env_count;
	char *const *args;
	size_t arg_count; /* 0 where `process` says what runs */
	const char *process;
	bool repeated; /* set where its document was called with before, and no template is kept of it */
};

/*
 * Reads what follows the verb: the container's id, and a call without `init`, which is zeroed at first and whose `env` the caller frees. -1 for
 * a command line that says more than a template can take up, or needs words.
 */
int exec_call_read(char **argv, const char **id, struct exec_call *call);
/* The plan, as a file in memory, of the template of the container's own process or of the document `process`; -1 where the template does not say what is asked for: then the engine has to make it. */
int exec_template_fill(int state_directory, struct exec_call *call);

/* ---- exec_kept.c ---- */

/* The template that is kept of the document `process`: a text to be freed, and where in it the template begins; NULL where there is none. */
char *exec_kept_find(int state_directory, struct exec_call *call, const char **template);
/* A whole regular file of at most `most` bytes, with a NUL behind it and none in it, to be freed; NULL where it is none. */
char *exec_template_read(int directory, const char *path, size_t most, size_t *size);

#endif

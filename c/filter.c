/*
 * The filter of system calls: libseccomp makes it of the plan's rules. This is done by the helper, before init exists: what it takes counts
 * for nobody's memory limit, and init has nothing to do but load it.
 */
#define _GNU_SOURCE
#include "filter.h"
#include "record.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poison.h"

#define CONDITIONS 6 /* a system call has no more arguments */

/* libseccomp answers errnos, negative. */
static int fail(int answer, const char *call, const char *detail)
{
	errno = -answer;
	return report_set(call, "%s", detail);
}

static uint32_t action_of(const struct field *action, const struct field *value)
{
	return (uint32_t)(action->number | (value->number & 0xffff));
}

static int add_architectures(scmp_filter_ctx context, char **names)
{
	for (; *names; names++) {
		uint32_t token = seccomp_arch_resolve_name(*names);
		if (token == 0)
			return report_refuse("unknown architecture", "%s", *names);
		int answer = seccomp_arch_add(context, token);
		if (answer < 0 && answer != -EEXIST)
			return fail(answer, "seccomp_arch_add", *names);
	}
	return 0;
}

static bool next_number(const char **text, uint64_t *number)
{
	char *end;
	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	if (errno != 0 || (*end != ' ' && *end != '\0'))
		return false;
	*text = *end ? end + 1 : end;
	return true;
}

/* INDEX OPERATOR VALUE VALUE_TWO */
static bool parse_condition(const char *text, struct scmp_arg_cmp *condition)
{
	uint64_t index, operator, value, second;
	if (!next_number(&text, &index) || index >= CONDITIONS)
		return false;
	size_t length = strcspn(text, " ");
	if (text[length] == '\0' || !name_value(TABLE_SECCOMP_OPERATOR, text, length, &operator))
		return false;
	text += length + 1;
	if (!next_number(&text, &value) || !next_number(&text, &second) || *text != '\0')
		return false;
	*condition = (struct scmp_arg_cmp){ .arg = (unsigned)index, .op = (enum scmp_compare)operator, .datum_a = value, .datum_b = second };
	return true;
}

/* What the filter is without: 0 to go on. */
static int leave_out(const struct op *rule, const char *name, enum unknown_call unknown, struct program *program)
{
	if (unknown == UNKNOWN_SKIP)
		return 0;
	report_refuse("unknown system call", "%s", name);
	if (unknown == UNKNOWN_ERROR)
		return -1;
	record_add("warning", rule->line);
	program->incomplete = true;
	return 0;
}

static int add_call(scmp_filter_ctx context, const struct op *rule, const char *name, const struct scmp_arg_cmp *conditions, unsigned count)
{
	int number = seccomp_syscall_resolve_name(name);
	int answer = seccomp_rule_add_array(context, action_of(&rule->fields[0], &rule->fields[1]), number, count, conditions);
	return answer < 0 ? fail(answer, "seccomp_rule_add", name) : 0;
}

static int add_rule(scmp_filter_ctx context, const struct op *first, const struct op *rule, struct program *program)
{
	struct scmp_arg_cmp conditions[CONDITIONS];
	unsigned count = 0;
	for (char **text = rule->fields[3].items; *text; text++, count++)
		if (count == CONDITIONS || !parse_condition(*text, &conditions[count]))
			return report_refuse("bad condition", "%s", *text);
	/* libseccomp refuses a rule that says what the default says. It is not for nothing: its calls are known ones, see newer_calls.c. */
	if (action_of(&rule->fields[0], &rule->fields[1]) == action_of(&first->fields[0], &first->fields[1]))
		return 0;
	for (char **name = rule->fields[2].items; *name; name++) {
		bool known = seccomp_syscall_resolve_name(*name) != __NR_SCMP_ERROR;
		if ((known ? add_call(context, rule, *name, conditions, count) :
			     leave_out(rule, *name, (enum unknown_call)first->fields[4].number, program)) < 0)
			return -1;
	}
	return 0;
}

/* libseccomp 2.5 writes into files only. */
static int export_program(scmp_filter_ctx context, struct program *program)
{
	struct stat status;
	owned_fd file = memfd_create("filter", MFD_CLOEXEC);
	if (file < 0)
		return report_set("memfd_create", "filter");
	int answer = seccomp_export_bpf(context, file);
	if (answer < 0)
		return fail(answer, "seccomp_export_bpf", "");
	if (fstat(file, &status) < 0)
		return report_set("fstat", "filter");
	size_t size = (size_t)status.st_size;
	struct sock_filter *room = program_extend(program, size / sizeof(*room));
	if (!room)
		return -1;
	return pread(file, room, size, 0) == (ssize_t)size ? 0 : report_set("pread", "filter");
}

static int fill_filter(scmp_filter_ctx context, struct walk *walk, const struct op *last, struct program *program)
{
	const struct op *first = walk->filter.first;
	if (add_architectures(context, first->fields[2].items) < 0)
		return -1;
	/* 2: a binary tree of the calls instead of a list. */
	int answer = last->fields[0].number == SHAPE_TREE ? seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) : 0;
	if (answer < 0)
		return fail(answer, "seccomp_attr_set", "SCMP_FLTATR_CTL_OPTIMIZE");
	for (const struct op *rule = first + 1; rule < last; rule++) {
		walk->line = rule->line;
		if (add_rule(context, first, rule, program) < 0)
			return -1;
	}
	walk->line = last->line;
	if (first->fields[3].number == NEWER_ENOSYS && newer_calls_answer(program, first, last) < 0)
		return -1;
	return export_program(context, program);
}

static int make_filter(struct walk *walk, const struct op *last, struct program *program)
{
	const struct op *first = walk->filter.first;
	scmp_filter_ctx context = seccomp_init(action_of(&first->fields[0], &first->fields[1]));
	if (!context)
		return report_refuse("seccomp_init", "action %s", name_of(TABLE_SECCOMP_ACTION, first->fields[0].number));
	int result = fill_filter(context, walk, last, program);
	seccomp_release(context);
	if (result == 0 && program->count > BPF_MAXINSNS)
		return report_refuse("filter is too long", "%zu instructions", program->count);
	return result;
}

static int find_or_make(struct walk *walk, const struct op *last, struct program *program)
{
	struct filter_key key = { .text = NULL };
	if (filter_key(walk->filter.first, last, &key) < 0)
		return -1;
	int result = 0;
	if (!filter_find(walk->state_directory, &key, program)) {
		result = make_filter(walk, last, program);
		if (result == 0 && !program->incomplete)
			filter_keep(walk->state_directory, &key, program);
	}
	free(key.text);
	return result;
}

int filter_make(struct walk *walk, const struct op *last)
{
	struct program program = { .instructions = NULL };
	const struct op *first = walk->filter.first;
	if (!first || first > last)
		return report_refuse("no filter", NULL);
	if (find_or_make(walk, last, &program) < 0) {
		free(program.instructions);
		return -1;
	}
	walk->filter.instructions = program.instructions;
	walk->filter.count = (unsigned short)program.count;
	return 0;
}

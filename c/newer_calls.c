/*
 * System calls that are newer than the profile: what its author could not know is not there (ENOSYS), instead of being forbidden. A call
 * counts as newer if its number is above all that the profile names. In front of what libseccomp makes, since that has no such rule.
 */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "poison.h"

#define X32_BIT 0x40000000u /* of the numbers of x32, whose architecture is x86_64 to the kernel: asm/unistd.h */
#define NO_LIMIT UINT32_MAX
#define ENOSYS_ANSWER (SECCOMP_RET_ERRNO | ENOSYS)

struct sock_filter *program_extend(struct program *program, size_t count)
{
	struct sock_filter *grown = reallocarray(program->instructions, program->count + count, sizeof(*grown));
	if (!grown) {
		report_set("malloc", NULL);
		return NULL;
	}
	program->instructions = grown;
	program->count += count;
	return grown + program->count - count;
}

/* The highest number that a rule names in this architecture; NO_LIMIT when there is none. */
static uint32_t highest_call(uint32_t architecture, const struct op *first, const struct op *last)
{
	int highest = -1;
	for (const struct op *rule = first + 1; rule < last; rule++)
		for (char **name = rule->fields[2].items; *name; name++) {
			/* Below 0: no such call there. */
			int number = seccomp_syscall_resolve_name_arch(architecture, *name);
			highest = number > highest ? number : highest;
		}
	return highest < 0 ? NO_LIMIT : (uint32_t)highest;
}

/* `limit` for numbers without `bit`, `limit_of_bit` for those with it. */
static int answer_in(struct program *program, uint32_t audit_architecture, uint32_t bit, uint32_t limit, uint32_t limit_of_bit)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, audit_architecture, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, 0, 1),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, limit_of_bit, 1, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, limit, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ENOSYS_ANSWER),
	};
	struct sock_filter *room = program_extend(program, sizeof(code) / sizeof(*code));
	if (!room)
		return -1;
	memcpy(room, code, sizeof(code));
	return 0;
}

static int answer(struct program *program, uint32_t architecture, bool has_x32, const struct op *first, const struct op *last)
{
	if (architecture == SCMP_ARCH_X86_64) {
		uint32_t limit_of_x32 = has_x32 ? highest_call(SCMP_ARCH_X32, first, last) : NO_LIMIT;
		return answer_in(program, AUDIT_ARCH_X86_64, X32_BIT, highest_call(architecture, first, last), limit_of_x32);
	}
	/* Every other token of libseccomp is the kernel's own, AUDIT_ARCH_*. */
	return architecture == SCMP_ARCH_X32 ? 0 : answer_in(program, architecture, 0, highest_call(architecture, first, last), NO_LIMIT);
}

int newer_calls_answer(struct program *program, const struct op *first, const struct op *last)
{
	uint32_t native = seccomp_arch_native();
	char **names = first->fields[2].items;
	bool has_x32 = false;
	for (char **name = names; *name; name++)
		has_x32 = has_x32 || seccomp_arch_resolve_name(*name) == SCMP_ARCH_X32;
	/* libseccomp has the native one in every filter. */
	if (answer(program, native, has_x32, first, last) < 0)
		return -1;
	for (char **name = names; *name; name++) {
		uint32_t architecture = seccomp_arch_resolve_name(*name);
		if (architecture != native && answer(program, architecture, has_x32, first, last) < 0)
			return -1;
	}
	return 0;
}

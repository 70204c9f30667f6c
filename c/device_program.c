/*
 * The eBPF program that says which devices a cgroup may use: read, given to the kernel, attached. TypeScript wrote it; no rule is known here.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

#define MAX_INSTRUCTIONS 65536
#define PROGRAM_NAME "tsrun_devices"
#define DIGITS 16 /* of an instruction */

/* Kernels 6.17 to 7.1 write past the size that is passed (runc 1.5.2): there is room for it. */
union request {
	union bpf_attr attr;
	char room[1024]; /* the member that initialisers name: all of it is 0, as bpf(2) wants */
};

static int call_bpf(enum bpf_cmd command, union request *request)
{
	return (int)syscall(SYS_bpf, command, &request->attr, sizeof(request->attr));
}

/* Eight bytes, little-endian whatever the machine is. */
static bool parse_instruction(const char *digits, struct bpf_insn *instruction)
{
	static const char alphabet[] = "0123456789abcdef";
	uint64_t bytes = 0;
	for (size_t i = 0; i < DIGITS; i++) {
		const char *digit = memchr(alphabet, digits[i], sizeof(alphabet) - 1);
		if (!digit)
			return false;
		bytes = bytes << 4 | (uint64_t)(digit - alphabet);
	}
	bytes = __builtin_bswap64(bytes);
	*instruction = (struct bpf_insn){ .code = (__u8)bytes, .dst_reg = bytes >> 8 & 15, .src_reg = bytes >> 12 & 15,
					  .off = (__s16)(bytes >> 16), .imm = (__s32)(bytes >> 32) };
	return true;
}

/* Descriptor of the loaded program; -1 after report, with the end of what the verifier said. */
static int load(const struct bpf_insn *instructions, size_t count)
{
	static char log[65536];
	union request request = { .room = { 0 } };
	request.attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	request.attr.insns = (uintptr_t)instructions;
	request.attr.insn_cnt = (__u32)count;
	request.attr.license = (uintptr_t)"Apache-2.0";
	strcpy(request.attr.prog_name, PROGRAM_NAME);
	/* Close-on-exec, as all descriptors of bpf(2) are. EAGAIN: a signal, of no consequence to us, interrupted the verifier (as in libbpf). */
	int program, error, attempts = 0;
	do
		program = call_bpf(BPF_PROG_LOAD, &request), error = errno;
	while (program < 0 && error == EAGAIN && ++attempts < 5);
	if (program >= 0)
		return program;
	request.attr.log_level = 1;
	request.attr.log_buf = (uintptr_t)log;
	request.attr.log_size = sizeof(log);
	/* Again, for the log, whose last lines have the reason; if it works now, that is too late. */
	program = call_bpf(BPF_PROG_LOAD, &request);
	descriptor_close(&program);
	const char *said = log;
	while (strlen(said) > 300 && strchr(said, '\n'))
		said = strchr(said, '\n') + 1;
	errno = error;
	return report_set("bpf", "BPF_PROG_LOAD%s%s", *said ? " " : "", said);
}

/* The program of this id, if it is one of ours; -1 otherwise: it is another's, or has gone meanwhile. */
static int open_own_program(uint32_t id)
{
	struct bpf_prog_info info = { .type = 0 };
	union request request = { .room = { 0 } };
	request.attr.prog_id = id;
	owned_fd program = call_bpf(BPF_PROG_GET_FD_BY_ID, &request);
	if (program < 0)
		return -1;
	request = (union request){ .room = { 0 } };
	request.attr.info.bpf_fd = (__u32)program;
	request.attr.info.info_len = sizeof(info);
	request.attr.info.info = (uintptr_t)&info;
	if (call_bpf(BPF_OBJ_GET_INFO_BY_FD, &request) < 0 || strcmp(info.name, PROGRAM_NAME) != 0)
		return -1;
	return descriptor_take(&program);
}

/* Finds what tsrun attached to this cgroup before, in `program`, or -1 in it. -1 after report when that cannot be told. */
static int find_attached(int cgroup, int *program)
{
	__u32 ids[64];
	union request request = { .room = { 0 } };
	request.attr.query.target_fd = (__u32)cgroup;
	request.attr.query.attach_type = BPF_CGROUP_DEVICE;
	request.attr.query.prog_ids = (uintptr_t)ids;
	request.attr.query.prog_cnt = sizeof(ids) / sizeof(*ids);
	*program = -1;
	if (call_bpf(BPF_PROG_QUERY, &request) < 0)
		return report_set("bpf", "BPF_PROG_QUERY");
	for (__u32 i = 0; i < request.attr.query.prog_cnt && *program < 0; i++)
		*program = open_own_program(ids[i]);
	return 0;
}

static int load_and_attach(int cgroup, const struct bpf_insn *instructions, size_t count)
{
	owned_fd program = load(instructions, count), old = -1;
	if (program < 0 || find_attached(cgroup, &old) < 0)
		return -1;
	union request request = { .room = { 0 } };
	request.attr.target_fd = (__u32)cgroup;
	request.attr.attach_bpf_fd = (__u32)program;
	request.attr.attach_type = BPF_CGROUP_DEVICE;
	/* Beside those of the cgroups above, as systemd's: what one of them denies stays denied. */
	request.attr.attach_flags = BPF_F_ALLOW_MULTI | (old >= 0 ? BPF_F_REPLACE : 0);
	/* In one step (since Linux 5.6): there is no moment without rules, and none with both. */
	request.attr.replace_bpf_fd = old >= 0 ? (__u32)old : 0;
	return call_bpf(BPF_PROG_ATTACH, &request) < 0 ? report_set("bpf", "BPF_PROG_ATTACH") : 0;
}

int device_program_load(int cgroup, const char *text)
{
	size_t digits = strlen(text), count = digits / DIGITS, good = 0;
	if (count == 0 || digits % DIGITS != 0 || count > MAX_INSTRUCTIONS)
		return report_refuse("bad device program", "%zu hex digits", digits);
	struct bpf_insn *instructions = calloc(count, sizeof(*instructions));
	if (!instructions)
		return report_set("calloc", NULL);
	while (good < count && parse_instruction(text + good * DIGITS, &instructions[good]))
		good++;
	int result = good < count ? report_refuse("bad device program", "instruction %zu", good) : load_and_attach(cgroup, instructions, count);
	free(instructions);
	return result;
}

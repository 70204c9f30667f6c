/*
 * Beside the program in its sanitized build, and in no other: what the sanitizers are told, and a way for what they find out of a
 * container. A process of ours may be in a root filesystem, a user namespace and a network namespace from which no file and no socket of
 * the host's can be reached, with all descriptors closed; a mapping stays. So the file of reports, if a test ring has made one
 * (test/support/sanitizer.ts), is mapped when the program starts, and written as memory. It never writes to the caller's output alone,
 * which a test may expect to have an error in.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The whole file, as test/support/sanitizer.ts has it: how much of the text is used, and whether an error is to be made. */
#define REPORT_BYTES (1u << 20)

enum mistake { NO_MISTAKE, HEAP_OVERFLOW, SIGNED_OVERFLOW, WILD_READ };

struct reports {
	_Atomic uint32_t used;
	uint32_t mistake;
	char text[REPORT_BYTES - 2 * sizeof(uint32_t)];
};

static struct reports *reports;

const char *__ubsan_default_options(void);
void __wrap_signals_reset(void);
void __real_signals_reset(void);
int __wrap_program_execute(struct walk *walk, char **args);
int __real_program_execute(struct walk *walk, char **args);

/*
 * exitcode: no exit status of tsrun's. An abort(3) would not end who is PID 1 of a pid namespace (pid_namespaces(7)).
 * detect_leaks=0: LeakSanitizer stops its own process by ptrace(2), which the helper has forbidden (PR_SET_DUMPABLE), and reads /proc, which
 * a container need not have; the helper's memory goes with it anyway. The fuzzers look for leaks.
 * handle_*=2: sigaction(3) leaves these to the sanitizer.
 * allocator_may_return_null: what the program does without memory is its own to show.
 * quarantine_size_mb: a container's memory may be limited.
 */
const char *__asan_default_options(void)
{
	return "exitcode=99:detect_leaks=0:handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:allocator_may_return_null=1:"
	       "quarantine_size_mb=8:detect_stack_use_after_return=1:strict_string_checks=1:print_cmdline=1:symbolize=1:external_symbolizer_path=";
}

const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:print_summary=1:exitcode=99";
}

static void note(const char *text)
{
	size_t length = strlen(text);
	if (!reports || length >= sizeof(reports->text))
		return;
	uint32_t at = atomic_fetch_add(&reports->used, (uint32_t)length);
	if (at < sizeof(reports->text) - length)
		memcpy(reports->text + at, text, length);
}

/* Of every error of every sanitizer, in one line. */
void __sanitizer_report_error_summary(const char *error_summary)
{
	note(error_summary);
	note("\n");
	/* As the default does, which this takes the place of. */
	(void)!write(STDERR_FILENO, error_summary, strlen(error_summary));
	(void)!write(STDERR_FILENO, "\n", 1);
}

__attribute__((constructor)) static void map_reports(void)
{
	owned_fd file = open(REPORTS, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, REPORT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (mapped == MAP_FAILED)
		return;
	reports = mapped;
	/* The whole report of AddressSanitizer's; UndefinedBehaviorSanitizer's has its place in its summary. */
	__asan_set_error_report_callback(note);
}

/* The program resets all signals; those of faults are the sanitizer's, and execve(2) resets what is handled. */
void __wrap_signals_reset(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	enum { FAULTS = sizeof(faults) / sizeof(*faults) };
	/* The raw calls, as AddressSanitizer hides these signals from sigaction(3). */
	unsigned long before[FAULTS][4];
	for (size_t i = 0; i < FAULTS; i++)
		syscall(SYS_rt_sigaction, faults[i], NULL, before[i], sizeof(uint64_t));
	__real_signals_reset();
	for (size_t i = 0; i < FAULTS; i++)
		syscall(SYS_rt_sigaction, faults[i], before[i], NULL, sizeof(uint64_t));
}

/*
 * What shows that an error is seen where it is hardest to see: in init, in the root filesystem of its container, with its final identity. A
 * test asks for it in the file of reports.
 */
int __wrap_program_execute(struct walk *walk, char **args)
{
	static volatile int most = 0x7fffffff;
	static volatile size_t size = 8;
	uint32_t mistake = reports ? reports->mistake : NO_MISTAKE;
	if (mistake == HEAP_OVERFLOW) {
		char *bytes = calloc(1, size);
		if (bytes)
			((volatile char *)bytes)[size] = 1;
		free(bytes);
	}
	if (mistake == SIGNED_OVERFLOW)
		most++;
	if (mistake == WILD_READ)
		most = *(volatile int *)(uintptr_t)size;
	return __real_program_execute(walk, args);
}

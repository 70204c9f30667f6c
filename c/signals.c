/*
 * Signals as a program expects to find them: every disposition default, nothing blocked. Ignored signals and the mask survive
 * execve(2), so without this a container would inherit what tsrun's caller or the engine (SIGPIPE, SIGXFSZ) left behind. And which of
 * them the helper keeps waiting.
 */
#define _GNU_SOURCE
#include "channel.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

#define LAST_SIGNAL 64
#define KERNEL_MASK_SIZE 8 /* the kernel's sigset_t, not glibc's of 128 bytes */

bool signal_ends_commands(int number)
{
	return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM;
}

static void on_ending_signal(int number)
{
	channel_interrupted = number;
}

void signals_hold_ending(void)
{
	struct sigaction action = { .sa_handler = on_ending_signal };
	sigset_t set;
	sigemptyset(&set);
	for (int number = 1; number <= LAST_SIGNAL; number++) {
		if (!signal_ends_commands(number))
			continue;
		sigaddset(&set, number);
		sigaction(number, &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void signals_hold_all(void)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

void signals_let_end(sigset_t *mask)
{
	sigprocmask(SIG_BLOCK, NULL, mask);
	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (signal_ends_commands(number))
			sigdelset(mask, number);
}

void signals_bear_limits(void)
{
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

void signals_reset(void)
{
	/*
	 * The kernel's struct sigaction, all zero: SIG_DFL, no flags, no mask. The raw call, because glibc's sigaction(3) refuses
	 * 32 and 33, which it keeps for its threads, and a caller may have ignored those as well.
	 */
	static const unsigned long default_action[4];
	for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP)
			continue;
		/* Cannot fail: every number is valid, and sigaction(2) knows no other error than EINVAL and EFAULT. */
		syscall(SYS_rt_sigaction, signal, default_action, NULL, KERNEL_MASK_SIZE);
	}
	static const uint64_t none;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, KERNEL_MASK_SIZE);
}

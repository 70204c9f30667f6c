/*
 * A process that enters a container must not be a way to the file it was executed from: /proc/PID/exe would be writable for the
 * container's root (CVE-2019-5736). So it runs from a copy in memory that nobody can write any more.
 */
#define _GNU_SOURCE
#include "sealed.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Why there is no copy: it is told later, by whoever needs one. */
static const char *failed_call = "memfd_create";
static int failed_error;

static int note_failure(const char *call)
{
	failed_call = call;
	failed_error = errno;
	return -1;
}

static int copy_and_seal(int self)
{
	struct stat status;
	owned_fd copy = memfd_create("tsrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		return note_failure("memfd_create");
	if (fstat(self, &status) < 0)
		return note_failure("fstat");
	for (off_t done = 0; done < status.st_size;) {
		ssize_t sent = sendfile(copy, self, &done, (size_t)(status.st_size - done));
		if (sent <= 0)
			return note_failure("sendfile");
	}
	if (fchmod(copy, 0500) < 0)
		return note_failure("fchmod");
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return note_failure("fcntl");
	return descriptor_take(&copy);
}

bool sealed_is(void)
{
	owned_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int seals = self < 0 ? -1 : fcntl(self, F_GET_SEALS);
	return seals >= 0 && (seals & SEALS) == SEALS;
}

void sealed_execute(char **argv, char **environment)
{
	owned_fd self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	owned_fd copy = self < 0 ? note_failure("open") : copy_and_seal(self);
	if (copy < 0)
		return;
	syscall(SYS_execveat, copy, "", argv, environment, AT_EMPTY_PATH);
	note_failure("execveat");
}

int sealed_report(void)
{
	errno = failed_error;
	return report_set(failed_call, "the helper's own copy");
}

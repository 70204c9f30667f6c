/* The program of the hello bundle: says what it sees, so that one run shows what a container is. */
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	struct utsname names;
	uname(&names);
	printf("Hello from a container: host name %s, pid %d, uid %d, Linux %s\n", names.nodename, (int)getpid(), (int)getuid(),
	       names.release);
	return 0;
}

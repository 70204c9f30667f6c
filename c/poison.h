/*
 * Included last by every file but those that test/unit/architecture.test.ts lists, each with its reason. In a container's mount namespace it is
 * for whoever made the container's files to say what a path leads to, so nothing is looked up there by a path alone: names of the container go
 * through paths.c, all others below a descriptor. test/attacks/audit.test.ts sees the same in the system calls.
 */
#pragma GCC poison open open64 creat openat64 fopen fopen64 freopen opendir scandir ftw nftw glob realpath canonicalize_file_name
#pragma GCC poison mkdir rmdir mknod mkfifo symlink link unlink remove rename chmod lchmod chown lchown truncate truncate64 utime utimes lutimes
#pragma GCC poison mkstemp mkostemp mkdtemp tmpfile tmpnam tempnam
#pragma GCC poison lstat access eaccess euidaccess readlink pathconf statvfs
#pragma GCC poison getxattr lgetxattr setxattr lsetxattr listxattr llistxattr removexattr lremovexattr
#pragma GCC poison mount umount umount2 pivot_root chroot chdir acct swapon inotify_add_watch
#pragma GCC poison execl execlp execle execv execvp execvpe execve system popen posix_spawn posix_spawnp
/* A socket by its path; and what loads code or reads files of the container's for the host (CVE-2019-14271). */
#pragma GCC poison bind connect dlopen getpwnam getpwuid getgrnam getgrgid getgrouplist initgroups getaddrinfo gethostbyname

/* A macro has to be none any more. */
#undef AT_FDCWD
#undef SYS_open
#undef SYS_creat
#undef SYS_mkdir
#undef SYS_rmdir
#undef SYS_mknod
#undef SYS_symlink
#undef SYS_link
#undef SYS_unlink
#undef SYS_rename
#undef SYS_chmod
#undef SYS_chown
#undef SYS_lchown
#undef SYS_stat
#undef SYS_lstat
#undef SYS_access
#undef SYS_readlink
#undef SYS_mount
#undef SYS_umount2
#undef SYS_chroot
#undef SYS_chdir
#undef SYS_execve
#undef SYS_truncate
#undef SYS_pivot_root
#pragma GCC poison AT_FDCWD SYS_open SYS_creat SYS_mkdir SYS_rmdir SYS_mknod SYS_symlink SYS_link SYS_unlink SYS_rename SYS_chmod SYS_chown
#pragma GCC poison SYS_lchown SYS_stat SYS_lstat SYS_access SYS_readlink SYS_mount SYS_umount2 SYS_chroot SYS_chdir SYS_execve SYS_truncate
#pragma GCC poison SYS_pivot_root

/* These are types as well, so only their calls can be forbidden. */
#define stat(...) _Pragma("GCC error \"a path by its name alone: fstatat(2) below a descriptor\"")
#define statfs(...) _Pragma("GCC error \"a path by its name alone: fstatfs(2) of a descriptor\"")

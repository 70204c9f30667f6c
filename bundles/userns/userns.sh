#!/bin/sh
# Who the container's root is: root of its own user namespace, and nobody on the host.
echo "id:             $(id -u):$(id -g), groups $(id -G)"
echo "uid map:       $(cat /proc/self/uid_map)"
echo "gid map:       $(cat /proc/self/gid_map | tr '\n' ';')"
echo "setgroups:      $(cat /proc/self/setgroups)"
echo "host's root is: $(stat -c %u /proc/sys/kernel/ostype)"
echo "host name:      $(hostname)"
cd /tmp && touch mine && chown 1000:50 mine && echo "a file of 1000: $(stat -c %u:%g mine)"
chown 70000 mine 2>&1 | sed 's/^/not mapped:     /'
mknod disk b 8 0 2>&1 | sed 's/^/no device:      /'
mount -t tmpfs tmpfs /mnt && echo "a mount:        $(grep -c ' /mnt ' /proc/mounts)"

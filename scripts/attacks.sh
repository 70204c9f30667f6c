#!/bin/sh
# attacks.sh COMMAND...: runs a command in mount and pid namespaces that are thrown away afterwards, with /tmp a tmpfs of its own and cgroup v2
# the only hierarchy: what another runtime does to the host in a hostile bundle is done to these.
set -eu
exec unshare --mount --pid --fork --mount-proc --kill-child sh -euc '
mount --make-rprivate /
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=1777,size=512m tmpfs /tmp
# A child, not this shell itself: somebody has to reap what the runtime leaves.
"$@" &
wait $!
' sh "$@"

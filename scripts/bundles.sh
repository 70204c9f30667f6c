#!/bin/sh
# Makes the root filesystems of the example bundles: bundles/hello has one static program, the others have busybox.
set -eu
cd "$(dirname "$0")/.."

mkdir -p bundles/hello/rootfs/bin
if [ ! -x bundles/hello/rootfs/bin/hello ] || [ bundles/hello/hello.c -nt bundles/hello/rootfs/bin/hello ]; then
  gcc -static -Os -s -o bundles/hello/rootfs/bin/hello bundles/hello/hello.c
fi

for bundle in shell limits; do
  rootfs=bundles/$bundle/rootfs
  if [ ! -x $rootfs/bin/busybox ] && busybox=$(command -v busybox); then
    mkdir -p $rootfs/bin $rootfs/etc $rootfs/proc $rootfs/dev $rootfs/sys
    cp "$busybox" $rootfs/bin/busybox
    for name in $($rootfs/bin/busybox --list); do
      [ "$name" = busybox ] || ln -sf busybox "$rootfs/bin/$name"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\n' >$rootfs/etc/passwd
  fi
done
[ ! -d bundles/limits/rootfs/bin ] || cp bundles/limits/limits.sh bundles/limits/rootfs/bin/

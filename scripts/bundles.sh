#!/bin/sh
# Makes the root filesystems of the example bundles: bundles/hello has one static program, the others have busybox.
set -eu
cd "$(dirname "$0")/.."

mkdir -p bundles/hello/rootfs/bin
if [ ! -x bundles/hello/rootfs/bin/hello ] || [ bundles/hello/hello.c -nt bundles/hello/rootfs/bin/hello ]; then
  gcc -static -Os -s -o bundles/hello/rootfs/bin/hello bundles/hello/hello.c
fi

for bundle in shell limits seccomp terminal idmap rootless userns; do
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
for bundle in limits seccomp idmap rootless userns; do
  [ ! -d bundles/$bundle/rootfs/bin ] || cp bundles/$bundle/$bundle.sh bundles/$bundle/rootfs/bin/
done
# A user namespace cannot make mount points in a rootfs that is not its own.
mkdir -p bundles/rootless/rootfs/tmp bundles/userns/rootfs/tmp bundles/userns/rootfs/mnt
for directory in plain mapped own crun; do
  mkdir -p bundles/idmap/rootfs/$directory
done
mkdir -p bundles/idmap/volume
echo 'Dear container' >bundles/idmap/volume/letter

#!/bin/sh
# Makes the root filesystems of the example bundles: bundles/hello has one static program, bundles/shell has busybox.
set -eu
cd "$(dirname "$0")/.."

mkdir -p bundles/hello/rootfs/bin
if [ ! -x bundles/hello/rootfs/bin/hello ] || [ bundles/hello/hello.c -nt bundles/hello/rootfs/bin/hello ]; then
  gcc -static -Os -s -o bundles/hello/rootfs/bin/hello bundles/hello/hello.c
fi

if [ ! -x bundles/shell/rootfs/bin/busybox ] && busybox=$(command -v busybox); then
  mkdir -p bundles/shell/rootfs/bin bundles/shell/rootfs/etc
  cp "$busybox" bundles/shell/rootfs/bin/busybox
  for name in $(bundles/shell/rootfs/bin/busybox --list); do
    [ "$name" = busybox ] || ln -sf busybox "bundles/shell/rootfs/bin/$name"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\n' >bundles/shell/rootfs/etc/passwd
fi

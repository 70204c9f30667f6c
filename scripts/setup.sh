#!/bin/sh
# Installs what is missing on a fresh Debian 12: `setup.sh` for building, `setup.sh test` also for the tests, `setup.sh bench` for the benchmark, `setup.sh clang`
# for clang's analyzers and fuzzers.
set -eu
cd "$(dirname "$0")/.."

packages=""
need() { # need COMMAND PACKAGE
  command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}
need gcc gcc
need make make
[ -e /usr/include/linux/mount.h ] || packages="$packages linux-libc-dev"
[ -e /usr/include/seccomp.h ] || packages="$packages libseccomp-dev"
[ -e /usr/include/stdio.h ] || packages="$packages libc6-dev"
case "${1:-}" in
  test)
    need strace strace
    need busybox busybox-static
    # The virtual machine of the conformance rings, and the runtime that these compare with.
    need qemu-system-x86_64 qemu-system-x86
    need cpio cpio
    need xz xz-utils
    need systemctl systemd
    need dbus-daemon dbus
    need busctl systemd
    # A user's own systemd.
    [ -e /usr/lib/systemd/user/dbus.socket ] || packages="$packages dbus-user-session"
    [ -e /usr/share/pam-configs/systemd ] || packages="$packages libpam-systemd"
    need ps procps
    need ip iproute2
    need apparmor_parser apparmor
    # podman's default profile of system calls.
    [ -e /usr/share/containers/seccomp.json ] || packages="$packages golang-github-containers-common"
    need runc runc
    need setcap libcap2-bin
    # A filesystem in userspace.
    need bindfs bindfs
    # A filesystem with quotas that hold for root.
    need mkfs.btrfs btrfs-progs
    # A control of the attacks, as runc is.
    need crun crun
    # The managers of test/managers, and what they need: networks, and an init of podman's.
    need podman podman
    need containerd containerd
    need dockerd docker.io
    need catatonit catatonit
    # Users with ids of their own to give to containers.
    need newuidmap uidmap
    [ -e /usr/lib/cni/bridge ] || packages="$packages containernetworking-plugins"
    ;;
  clang)
    need clang clang
    need clang-tidy clang-tidy
    # libFuzzer.
    [ -e /usr/lib/llvm-14/lib/clang ] && ls /usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt.fuzzer-* >/dev/null 2>&1 || packages="$packages libclang-rt-14-dev"
    ;;
  bench)
    need runc runc
    need crun crun
    need hyperfine hyperfine
    need busybox busybox-static
    ;;
esac
if [ -n "$packages" ]; then
  [ "$(id -u)" = 0 ] || { echo "these Debian packages are missing, and installing them needs root:$packages" >&2; exit 1; }
  # What is installed for tests serves nobody: neither from now on, as 101 forbids (invoke-rc.d(8)), nor after the next boot.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"
  fi
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
  for package in $packages; do
    case $package in
      podman | containerd | docker.io | containernetworking-plugins | apparmor)
        # shellcheck disable=SC2046
        systemctl --quiet disable $(dpkg -L "$package" | sed -n 's|^/lib/systemd/system/\([^/@]*\)$|\1|p') 2>/dev/null || true
        ;;
    esac
  done
fi
[ -x node_modules/.bin/tsc ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm install --no-save --no-audit --no-fund --loglevel=error

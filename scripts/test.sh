#!/bin/sh
# Everything: sets up what is missing, builds, and runs every ring of tests, the conformance rings in a virtual machine each. Needs root.
# With arguments (npm test -- test/integration/mounts.test.ts), what vitest makes of them: those in test/conformance/ in the virtual machine,
# all others, and flags, here.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh test
sh scripts/build.sh
sh scripts/bundles.sh
make -s -C test/probe
make -s -C c sanitize
node_modules/.bin/tsc -p test/tsconfig.json
node_modules/.bin/biome check --error-on-warnings

reports=.cache/reports
rm -rf "$reports"
mkdir -p "$reports"
status=0
summaries=''

host() {
  case " $*" in *" --project"*) ;; *) set -- --project unit --project integration --project faults "$@" ;; esac
  node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json="$reports/host.json" "$@" || status=1
  summaries="$summaries $reports/host.json"
}

guest() { # guest PROJECT RUN.SH'S-OPTIONS FILTER
  # shellcheck disable=SC2086
  bash test/vm/run.sh $2 -t 1500 -o "$reports/$1" -- node_modules/.bin/vitest run --project "$1" \
    --reporter=default --reporter=json --outputFile.json=/out/tests.json $3 || status=1
  summaries="$summaries $reports/$1/tests.json"
}

if [ $# -eq 0 ]; then
  host
  guest conformance '' ''
  guest conformance-systemd -s ''
else
  cgroup='' systemd='' both=''
  for argument; do
    shift
    case $argument in
      test/conformance/cgroup*) cgroup="$cgroup $argument" ;;
      test/conformance/systemd*) systemd="$systemd $argument" ;;
      test/conformance*) both=1 ;;
      *) set -- "$@" "$argument" ;;
    esac
  done
  [ $# -eq 0 ] || host "$@"
  [ -z "$both" ] || cgroup='' systemd=''
  [ -z "$both$cgroup" ] || guest conformance '' "$cgroup"
  [ -z "$both$systemd" ] || guest conformance-systemd -s "$systemd"
fi
# shellcheck disable=SC2086
node scripts/test-summary.mjs $summaries || status=1
exit "$status"

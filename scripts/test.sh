#!/bin/sh
# Everything: sets up what is missing, builds, and runs every ring of tests, the conformance rings and that of managers in a virtual machine
# each. Needs root.
# FAULTS=all: what is a sample otherwise is tried in full.
# With arguments (npm test -- test/integration/mounts.test.ts), what vitest makes of them: those in test/conformance/ and test/managers/ in
# their virtual machines, all others, and flags, here.
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
  case " $*" in *" --project"*) ;; *) set -- --project unit --project integration --project specification --project faults --project attacks "$@" ;; esac
  node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json="$reports/host.json" "$@" || status=1
  summaries="$summaries $reports/host.json"
}

# Everything in C by gcc's analyzer, and a part of the integration ring by a program that has sanitizers in it.
analyse() {
  make -s -C c lint-gcc || status=1
  TSRUN_BUILT=1 sh scripts/sanitize.sh --sample --reporter=default --reporter=json --outputFile.json="$reports/sanitize.json" || status=1
  summaries="$summaries $reports/sanitize.json"
}

guest() { # guest PROJECT RUN.SH'S-OPTIONS FILTER
  # shellcheck disable=SC2086
  bash test/vm/run.sh $2 -t 2400 -o "$reports/$1" -- env FAULTS="${FAULTS:-}" node_modules/.bin/vitest run --project "$1" \
    --reporter=default --reporter=json --outputFile.json=/out/tests.json $3 || status=1
  summaries="$summaries $reports/$1/tests.json"
}

# Images and containers are in memory there.
managers_machine='-s -m 6144'

if [ $# -eq 0 ]; then
  host
  # That the rows of test/attacks can fail.
  for runtime in runc crun; do node scripts/attacks.mjs --runtime "$runtime" --quick || status=1; done
  analyse
  guest conformance '' ''
  guest conformance-systemd -s ''
  guest managers "$managers_machine" ''
else
  cgroup='' systemd='' both='' managers=''
  for argument; do
    shift
    case $argument in
      test/conformance/cgroup* | test/conformance/security*) cgroup="$cgroup $argument" ;;
      test/conformance/systemd*) systemd="$systemd $argument" ;;
      test/conformance*) both=1 ;;
      test/managers*) managers="$managers $argument" ;;
      *) set -- "$@" "$argument" ;;
    esac
  done
  [ $# -eq 0 ] || host "$@"
  [ -z "$both" ] || cgroup='' systemd=''
  [ -z "$both$cgroup" ] || guest conformance '' "$cgroup"
  [ -z "$both$systemd" ] || guest conformance-systemd -s "$systemd"
  [ -z "$managers" ] || guest managers "$managers_machine" "$managers"
fi
# shellcheck disable=SC2086
node scripts/test-summary.mjs $summaries || status=1
exit "$status"

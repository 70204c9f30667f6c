#!/bin/sh
# npm run fuzz -- [SECONDS] [NAME]...: runs the fuzzers of c/fuzz, SECONDS each (60), two at a time; without names all of them. What they find
# new goes into .cache/fuzz/NAME, from where the next run starts; a finding is left in .cache/fuzz, and fails the command.
set -eu
cd "$(dirname "$0")/.."
seconds=60
case "${1:-}" in [0-9]*) seconds=$1 && shift ;; esac
sh scripts/setup.sh clang
make -s -C c -j2 fuzz
[ $# -gt 0 ] || set -- $(cd c/fuzz && ls ./*_fuzz.c | sed 's|^\./||; s|_fuzz\.c$||')

run() { # run NAME
  corpus=.cache/fuzz/$1
  mkdir -p "$corpus"
  seeds=c/fuzz/corpus/$1
  if [ "$1" = plan ]; then
    mkdir -p .cache/fuzz/plans
    for bundle in bundles/*/; do cp "$bundle/expected.plan" ".cache/fuzz/plans/$(basename "$bundle")"; done
    seeds="$seeds .cache/fuzz/plans"
  fi
  length=8192
  # Each component is looked up from the root, as it has to be.
  [ "$1" != paths ] || length=600
  # shellcheck disable=SC2086
  nice -n 19 c/build/fuzz/"$1"_fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=$length -print_final_stats=1 \
    -artifact_prefix=.cache/fuzz/"$1"- "$corpus" $seeds >".cache/fuzz/$1.log" 2>&1 || echo "$1" >>.cache/fuzz/failed
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' ".cache/fuzz/$1.log")
  echo "$1: ${executions:-0} executions in $seconds s"
}

mkdir -p .cache/fuzz
rm -f .cache/fuzz/failed
while [ $# -gt 0 ]; do
  run "$1" &
  shift
  [ $# -eq 0 ] || { run "$1" & shift; }
  wait
done
[ ! -e .cache/fuzz/failed ] || {
  while read -r name; do
    echo "found by $name:" >&2
    tail -n 40 ".cache/fuzz/$name.log" >&2
  done <.cache/fuzz/failed
  exit 1
}

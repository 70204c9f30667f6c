# Runs in the container of bundles/limits: shows its limits, and what is beyond them.
cd /sys/fs/cgroup
for file in cpu.max cpu.weight cpuset.cpus memory.max memory.high memory.low memory.swap.max pids.max; do
  printf '%-16s %s\n' "$file" "$(cat "$file")"
done

echo 'twenty processes at once:'
(
  for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    sleep 1 &
  done
) 2>&1 | tail -n 1

echo 'a block of 64 MiB:'
dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null
echo "exit status $?"

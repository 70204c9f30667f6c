# Runs in the container of bundles/seccomp: calls what its filter does not let pass.
echo 'filter mode:' "$(sed -n 's/^Seccomp:\t//p' /proc/self/status)"
echo text >file
chmod 600 file 2>&1
mkdir directory 2>&1
sleep 10 &
kill -KILL $! 2>&1
kill -TERM $! && echo 'kill: SIGTERM may be sent'
sync
echo "sync: exit status $?"

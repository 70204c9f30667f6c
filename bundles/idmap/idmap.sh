# Runs in the container of bundles/idmap: shows who owns one directory of the host, depending on how its ids are mapped.
show() {
  stat -c '  %n belongs to %u:%g' "$@"
}

echo 'without maps:'
show /plain /plain/letter
touch /plain/answer 2>&1
echo 'with the maps of the container (ridmap):'
show /mapped /mapped/letter
touch /mapped/answer && show /mapped/answer
echo 'with maps of its own (uidMappings, gidMappings):'
show /own/letter /own/answer
echo 'with those of an option of crun (idmap=):'
show /crun/letter /crun/answer

#!/bin/sh
# Usage: join-cgroups.sh CGROUP… -- COMMAND…
# Moves itself to each cgroup, then executes the command: only this way is a process in them from the start.
set -eu
while [ "$1" != -- ]; do
  echo $$ >"$1/cgroup.procs"
  shift
done
shift
exec "$@"

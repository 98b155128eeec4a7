#!/bin/sh
# Usage: join-cgroups.sh CGROUP… -- COMMAND…
# Moves itself into each cgroup, then becomes the command: only so is a process in them from its first instant.
set -eu
while [ "$1" != -- ]; do
  echo $$ >"$1/cgroup.procs"
  shift
done
shift
exec "$@"

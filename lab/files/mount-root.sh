#!/bin/sh
# Usage: mount-root.sh ROOT OVERLAY-OPTIONS COMMAND…
# Runs in a separate mount namespace. Only this namespace has the mount, which is removed when the host's last process
# ends.
set -eu
mount -t overlay overlay -o "$2" "$1"
shift 2
exec "$@"

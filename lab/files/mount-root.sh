#!/bin/sh
# Usage: mount-root.sh ROOT OVERLAY-OPTIONS COMMAND…
# Runs in a mount namespace of its own. It is the only place that has the mount, which goes when the host's last process does.
set -eu
mount -t overlay overlay -o "$2" "$1"
shift 2
exec "$@"

#!/bin/sh
# systemd-nspawn gives its guest private mounts and read-only cgroup hierarchies. The kubelet creates cgroups in every
# hierarchy, and mounts of containers must reach the host.
set -eu
mount --make-rshared /
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
  if mountpoint -q "$hierarchy" && [ ! -L "$hierarchy" ]; then
    mount -o remount,bind,rw "$hierarchy"
  fi
done

#!/bin/sh
# Installs the locked dependencies once. The scripts of package.json then use the pinned Node.js in node_modules/.bin,
# whatever Node.js the machine itself has. npm checks every package against its hash in the lockfile and runs no package
# scripts; the runtimes that everything else uses are checked once more, by hashes that no tool rewrites.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x node_modules/.bin/node ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  if ! sha256sum --check --quiet scripts/runtimes.sha256; then
    rm -rf node_modules
    exit 1
  fi
  touch node_modules/.package-lock.json
fi

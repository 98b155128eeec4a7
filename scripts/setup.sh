#!/bin/sh
# Installs the locked dependencies once. The scripts of package.json then find the pinned Node.js in node_modules/.bin,
# whatever Node.js the machine itself has.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x node_modules/.bin/node ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

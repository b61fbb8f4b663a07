#!/usr/bin/env bash
# Builds the web client into dist/ where its sources have changed since the last build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The types made from openapi.json lie among the sources, and are none.
fingerprint() { find "$@" -type f ! -name schema.d.ts -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }

sources=$(fingerprint index.html openapi.json package.json package-lock.json public scripts src tsconfig.json vite.config.ts)
if [ -f dist/.sources ] && [ "$(cat dist/.sources)" = "$sources" ]; then exit 0; fi
if ! command -v node >/dev/null || ! command -v npm >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  echo "Node 20 or newer with npm is needed to build the web client: https://nodejs.org (Debian: apt-get install nodejs npm)" >&2
  exit 2
fi
lock=$(fingerprint package-lock.json)
if [ ! -f node_modules/.lock ] || [ "$(cat node_modules/.lock)" != "$lock" ]; then
  npm ci --no-audit --no-fund --loglevel=error
  echo "$lock" > node_modules/.lock
fi
npm run --silent build
echo "$sources" > dist/.sources

#!/usr/bin/env bash
# Measures everything and writes docs/performance.md: benchmarks/run.sh [--quick] [call|auth|sleep|large|start|list|queue|crontab|browser …]
# With a choice or --quick the page is only printed. Exit code 1: a target is missed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
missing=()
for pair in wrk:wrk gunicorn:gunicorn mariadbd:mariadb-server redis-server:redis-server /usr/bin/python3:python3 chromium:chromium; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
python3 -c 'import flask' 2>/dev/null || missing+=(python3-flask)
/usr/bin/python3 -c 'import celery, redis' 2>/dev/null || missing+=(celery python3-redis)
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "benchmarks/run.sh: needed and not installed: ${missing[*]}" >&2; exit 2; }
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
  apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  rm -f /usr/sbin/policy-rc.d
fi
src/Dff.Web/client/scripts/build-if-changed.sh >&2
dotnet build benchmarks/Dff.Benchmarks -c Release -v quiet -nologo -clp:ErrorsOnly >&2
if [ $# -gt 0 ]; then exec dotnet benchmarks/Dff.Benchmarks/bin/Release/net10.0/Dff.Benchmarks.dll "$@"; fi
page=$(mktemp)
trap 'rm -f "$page"' EXIT
status=0
dotnet benchmarks/Dff.Benchmarks/bin/Release/net10.0/Dff.Benchmarks.dll > "$page" || status=$?
if [ -s "$page" ]; then cp "$page" docs/performance.md; fi
exit $status

#!/usr/bin/env bash
# Builds and starts one node in the foreground: ./run.sh [--no-build] [arguments of the program]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program="$root/src/Dff.Silo/bin/Release/net10.0/Dff.Silo.dll"

fail() {
  echo "run.sh: $*" >&2
  exit 2
}

find_python() {
  local candidate
  for candidate in /usr/bin/python3 "$(command -v python3 || true)"; do
    if [ -x "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then return 0; fi
  done
  return 1
}

ensure_python() {
  if [ -n "${DFF_PYTHON_EXECUTABLE:-}" ] || find_python; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "run.sh: installing python3" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3; } >&2 && return
  fi
  fail "Python 3.9 or newer is needed; install it (Debian: apt-get install python3), or name one with DFF_PYTHON_EXECUTABLE"
}

build=yes
if [ "${1:-}" = --no-build ]; then
  build=no
  shift
fi
command -v dotnet >/dev/null || fail "the .NET 10 SDK is needed: https://dotnet.microsoft.com/download"
ensure_python
if [ "$build" = yes ]; then
  "$root/src/Dff.Web/client/scripts/build-if-changed.sh" >&2 || fail "the web client could not be built"
  dotnet build "$root/src/Dff.Silo" -c Release -v quiet -nologo -clp:ErrorsOnly >&2 || fail "the build failed"
fi
[ -f "$program" ] || fail "nothing has been built yet; start without --no-build"
exec dotnet "$program" "$@"

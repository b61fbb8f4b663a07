#!/usr/bin/env bash
# Runs all tests: ./test.sh [--full] [filter]. Installs what a bare Debian lacks, starts the real servers it needs, and ends with "N passed, N failed".
# A filter is a part of a test's full name, e.g. ./test.sh Publish.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root"
full=no
if [ "${1:-}" = --full ]; then
  full=yes
  shift
fi
filter=${1:-}
passed=0 failed=0
work=$(mktemp -d)
chmod 755 "$work"
reports=$root/artifacts/tests
rm -rf "$reports"
mkdir -p "$reports"
# Tests that run in the background do not see Ctrl-C.
trap 'for running in "$work"/*.pid; do [ ! -e "$running" ] || kill "$(cat "$running")" 2>/dev/null; done; rm -rf "$work"' EXIT

install_missing() {
  local missing=() pair
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ] || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "test.sh: needed and not installed: ${missing[*]}" >&2
    return 1
  fi
  echo "test.sh: installing ${missing[*]}"
  # Servers are started by the tests, each with its own data; the packages must not start any.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  local status=$?
  rm -f /usr/sbin/policy-rc.d
  return $status
}

count() { # NAME PASSED FAILED SECONDS
  passed=$((passed + $2))
  failed=$((failed + $3))
  echo "== $1: $2 passed, $3 failed ($4 s)"
}

check() { # NAME COMMAND…: one test
  local name=$1
  shift
  [ -z "$filter" ] || case "$name" in *"$filter"*) ;; *) return 0 ;; esac
  local began=$SECONDS
  if "$@" > "$work/check.log" 2>&1; then
    count "$name" 1 0 $((SECONDS - began))
  else
    cat "$work/check.log"
    count "$name" 0 1 $((SECONDS - began))
  fi
}

# The tests of one program, one after the other; what they wrote, and how they ended, is left for report_tests.
run_tests() { # NAME COMMAND…
  local name=$1 began=$SECONDS arguments=() status
  shift
  [ -z "$filter" ] || arguments+=(-method "*$filter*")
  DFFTEST_FULL=$full "$@" -noColor -parallelMode none ${arguments[@]+"${arguments[@]}"} > "$work/$name.log" 2>&1 &
  echo $! > "$work/$name.pid"
  wait $!
  status=$?
  rm "$work/$name.pid"
  echo "$status $((SECONDS - began))" > "$work/$name.end"
}

report_tests() { # NAME
  local name=$1 log="$work/$1.log" status seconds summary total errors bad skipped
  read -r status seconds < "$work/$name.end" || status=1 seconds=0
  grep -vE '^\s*(xUnit|  Discover|  Start)' "$log" | tail -n 400
  summary=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -1)
  if [ -z "$summary" ]; then
    if [ -n "$filter" ] && [ "$status" -eq 0 ]; then return; fi
    count "$name ended without a summary (exit code $status)" 0 1 "$seconds"
    return
  fi
  read -r total errors bad skipped < <(echo "$summary" | grep -oE '[0-9]+' | tr '\n' ' ')
  # A skipped test counts as failed: what it needs must be there.
  bad=$((bad + errors + skipped))
  if [ "$status" -ne 0 ] && [ $bad -eq 0 ] && [ "$total" -gt 0 ]; then bad=1; fi
  count "$name" $((total - bad > 0 ? total - bad : 0)) "$bad" "$seconds"
}

# What took how long is in its report: tests/slowest.py artifacts/tests/*.xml
run_project() { # NAME PROJECT ARGUMENTS…
  local name=$1 project=$2
  shift 2
  run_tests "$name" dotnet "$root/tests/$project/bin/Release/net10.0/$project.dll" -result-xml "$reports/$name.xml" "$@"
}

modules=/usr/lib/python3/dist-packages
install_missing /usr/bin/python3:python3 mariadbd:mariadb-server redis-server:redis-server setpriv:util-linux ip:iproute2 bridge:iproute2 chromium:chromium \
  /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc:fonts-noto-cjk \
  /usr/share/postgresql-common/pg_wrapper:postgresql memcached:memcached \
  "$modules/pymysql:python3-pymysql" "$modules/cryptography:python3-cryptography" "$modules/psycopg2:python3-psycopg2" "$modules/redis:python3-redis" "$modules/pymemcache:python3-pymemcache" || { echo "0 passed, 1 failed"; exit 1; }
if ! src/Dff.Web/client/scripts/build-if-changed.sh > "$work/client.log" 2>&1; then
  cat "$work/client.log"
  echo "test.sh: the web client could not be built"
  echo "0 passed, 1 failed"
  exit 1
fi
if ! dotnet build Dff.sln -c Release -v quiet -nologo -clp:ErrorsOnly; then
  echo "test.sh: the build failed"
  echo "0 passed, 1 failed"
  exit 1
fi

if [ -z "$filter" ]; then
  began=$SECONDS
  python3 -m unittest discover -s tests/python > "$work/python.log" 2>&1
  status=$?
  seconds=$((SECONDS - began))
  total=$(grep -oE '^Ran [0-9]+ test' "$work/python.log" | grep -oE '[0-9]+')
  bad=$(grep -oE '(failures|errors|skipped)=[0-9]+' "$work/python.log" | awk -F= '{ sum += $2 } END { print sum + 0 }')
  [ $status -eq 0 ] && [ -n "$total" ] && [ "$total" -gt 0 ] || { cat "$work/python.log"; [ "${bad:-0}" -gt 0 ] || bad=1; }
  count "tests/python" $((${total:-0} > ${bad:-0} ? ${total:-0} - ${bad:-0} : 0)) "${bad:-0}" $seconds
fi
check "client: lint, format, unit tests" npm --prefix src/Dff.Web/client run --silent check
check format dotnet format Dff.sln --verify-no-changes --no-restore
for project in Dff.Architecture.Tests Dff.Storage.Tests Dff.Grains.Tests Dff.Python.Tests; do
  run_project $project $project
  report_tests $project
done

if [ "$(id -u)" = 0 ]; then
  # The engine keeps user code apart in another way when it is not root, so its tests run both ways.
  cp -r tests/Dff.Python.Tests/bin/Release/net10.0 "$work/plain" && chmod -R a+rX "$work/plain"
  mkdir -p "$work/home" && chmod 777 "$work/home"
  as_plain_user() { # NAME
    cd "$work/home" && run_tests "$1" setpriv --reuid 64999 --regid 64999 --clear-groups env HOME="$work/home" TMPDIR="$work/home" DOTNET_CLI_HOME="$work/home" \
      dotnet "$work/plain/Dff.Python.Tests.dll"
  }
  (as_plain_user Dff.Python.Tests-as-a-plain-user)
  report_tests Dff.Python.Tests-as-a-plain-user
fi

# Tests of real silos wait for most of their time: for nodes to notice a death, for a minute to come. So three lines of them run side by side, each by itself one
# after the other; those that do hardly anything but wait for minutes have a line of their own.
run_project Dff.Silo.Tests Dff.Silo.Tests -trait- Waits=minutes &
silo=$!
{
  run_project Dff.Cluster.Tests Dff.Cluster.Tests -trait- Waits=minutes
  run_project Dff.Browser.Tests Dff.Browser.Tests
} &
cluster=$!
{
  run_project Dff.Silo.Tests-by-the-minute Dff.Silo.Tests -trait Waits=minutes
  run_project Dff.Cluster.Tests-by-the-minute Dff.Cluster.Tests -trait Waits=minutes
} &
minutes=$!
wait $silo
report_tests Dff.Silo.Tests
wait $cluster
report_tests Dff.Cluster.Tests
report_tests Dff.Browser.Tests
wait $minutes
report_tests Dff.Silo.Tests-by-the-minute
report_tests Dff.Cluster.Tests-by-the-minute

echo "== all: ${SECONDS} s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

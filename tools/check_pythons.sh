#!/usr/bin/env bash
# Run tests on each Python with each list of dependencies in tests/constraints; `make check-pythons` calls it.
# Each pair has an environment of its own, .venv-PYTHON-LIST, which is made anew.
#   check_pythons.sh "3.11 3.12" "oldest newest" [arguments of pytest]
set -uo pipefail
cd "$(dirname "$0")/.."
pythons=$1 lists=$2
shift 2
passed=() failed=() missing=()

try() {
    local python=$1 list=$2 folder=.venv-$1-$2
    shift 2
    "python$python" -m venv --clear "$folder" &&
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
            --constraint "tests/constraints/$list.txt" ".[test]" &&
        "$folder/bin/python" -m pytest -q "$@"
}

for python in $pythons; do
    # A name on the path may be a shim of a Python that is not there, so it is run.
    if ! "python$python" -c "" 2>/dev/null; then
        missing+=("$python")
        continue
    fi
    for list in $lists; do
        echo "== Python $python, $list dependencies"
        if try "$python" "$list" "$@"; then passed+=("$python-$list"); else failed+=("$python-$list"); fi
    done
done

echo "passed: ${passed[*]:-none}"
echo "failed: ${failed[*]:-none}"
echo "skipped, because no such Python on the path starts: ${missing[*]:-none}"
((${#failed[@]} == 0 && ${#passed[@]} > 0))

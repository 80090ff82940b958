#!/usr/bin/env bash
# Builds the kernel with the address and undefined-behaviour sanitizers and runs its tests on it, or the
# Python script that is named.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

bash tests/native/build.sh "$folder" -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_CXX_FLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined"

# Python itself is not built for leak checks; its exceptions must be caught before the sanitizer's.
# Memory that cannot be had is Python's MemoryError.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
export LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libstdc++.so)"
export PYTHONPATH="$folder/site" PYTHONDONTWRITEBYTECODE=1
"$python" -c "import poise; assert poise.__file__.startswith('$folder'), poise.__file__"
if [ $# -gt 0 ]; then "$python" "$@"; exit; fi
"$python" -m pytest -q -p no:cacheprovider -p no:xdist tests/native \
  -k "not fork and not joblib and not ctrl_c"

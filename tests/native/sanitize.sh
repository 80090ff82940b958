#!/usr/bin/env bash
# Builds the kernel with the address and undefined-behaviour sanitizers and runs its tests on it, or the
# Python script that is named.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$python" -m pip install --quiet --disable-pip-version-check "nanobind>=3.1" cmake
site=$("$python" -c "import pathlib, poise; print(pathlib.Path(poise.__file__).parent.parent)")
"$python" -m cmake -S . -B "$folder/build" -DCMAKE_BUILD_TYPE=Debug \
  -DPython_EXECUTABLE="$python" -Dnanobind_DIR="$("$python" -m nanobind --cmake_dir)" \
  -DCMAKE_CXX_FLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined" \
  > /dev/null
"$python" -m cmake --build "$folder/build" -j2 > /dev/null

# The installed package, with the kernel replaced.
mkdir "$folder/site"
cp -r "$site/poise" "$folder/site/poise"
cp "$folder"/build/_kernel*.so "$folder/site/poise/native/"

# Python itself is not built for leak checks; its exceptions must be caught before the sanitizer's.
# Memory that cannot be had is Python's MemoryError.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
export LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libstdc++.so)"
export PYTHONPATH="$folder/site" PYTHONDONTWRITEBYTECODE=1
"$python" -c "import poise; assert poise.__file__.startswith('$folder'), poise.__file__"
if [ $# -gt 0 ]; then "$python" "$@"; exit; fi
"$python" -m pytest -q -p no:cacheprovider -p no:xdist tests/native \
  -k "not fork and not joblib and not ctrl_c"

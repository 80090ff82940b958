#!/usr/bin/env bash
# Runs the kernel's threads under the thread sanitizer, and its tests on a kernel without threads (Pyodide's), on the
# instructions that every processor has. The answers must be the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
sources=src/poise/native/src
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

compile() { # FILE [arguments of the compiler]
  g++ -std=c++17 -ffp-contract=off -Wall -Wextra -Werror -pthread -I "$sources" "${@:2}" -o "$1" \
    tests/native/driver.cpp "$sources"/{index,sparse,tree,scan_baseline}.cpp
}
compile "$folder/threads" -O1 -g -fsanitize=thread
compile "$folder/alone" -O2 -DPOISE_THREADS=0
"$folder/threads" | tee "$folder/threads.txt"
"$folder/alone" | diff "$folder/threads.txt" -

bash tests/native/build.sh "$folder" -DPOISE_THREADS=OFF
export PYTHONPATH="$folder/site" PYTHONDONTWRITEBYTECODE=1 POISE_NATIVE_PATH=baseline
"$python" -c "import poise; assert poise.__file__.startswith('$folder'), poise.__file__"
"$python" -m pytest -q -p no:cacheprovider -p no:xdist tests/native

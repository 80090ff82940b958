#!/usr/bin/env bash
# Builds the kernel into a folder that exists, beside a copy of the installed package that uses it: FOLDER/site.
#   build.sh FOLDER [arguments of CMake]
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3} folder=$1
shift
"$python" -m pip install --quiet --disable-pip-version-check "nanobind>=3.1" cmake
site=$("$python" -c "import pathlib, poise; print(pathlib.Path(poise.__file__).parent.parent)")
"$python" -m cmake -S . -B "$folder/build" -DPython_EXECUTABLE="$python" \
  -Dnanobind_DIR="$("$python" -m nanobind --cmake_dir)" "$@" > /dev/null
"$python" -m cmake --build "$folder/build" -j2 > /dev/null
mkdir "$folder/site"
cp -r "$site/poise" "$folder/site/poise"
rm -f "$folder"/site/poise/native/_kernel*.so
cp "$folder"/build/_kernel*.so "$folder/site/poise/native/"

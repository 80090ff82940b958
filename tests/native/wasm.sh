#!/usr/bin/env bash
# Compiles the kernel's search and blending to WebAssembly without threads, and compares its answers with those of a
# build for this machine. It does not need Pyodide's own tools, and does not try its binding to Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
sources=src/poise/native/src
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Nothing is thrown in this program, and the C++ library for WebAssembly cannot throw.
cat > "$folder/throwing.cpp" <<'CPP'
#include <cstddef>
#include <cstdlib>
extern "C" void* __cxa_allocate_exception(std::size_t) noexcept { std::abort(); }
extern "C" void __cxa_throw(void*, void*, void (*)(void*)) { std::abort(); }
CPP
compile() { # the compiler and its arguments
  "$@" -std=c++17 -O2 -ffp-contract=off -DPOISE_THREADS=0 -I "$sources" \
    tests/native/driver.cpp "$sources"/{index,sparse,tree,scan_baseline}.cpp
}
compile g++ -o "$folder/native"
compile "$python" -m ziglang c++ -target wasm32-wasi -fignore-exceptions "$folder/throwing.cpp" -o "$folder/driver.wasm"
"$folder/native" | tee "$folder/native.txt"
"$python" - "$folder/driver.wasm" > "$folder/wasm.txt" <<'PYTHON'
import sys

import wasmtime

engine = wasmtime.Engine()
linker, store, wasi = wasmtime.Linker(engine), wasmtime.Store(engine), wasmtime.WasiConfig()
wasi.inherit_stdout()
wasi.inherit_stderr()
linker.define_wasi()
store.set_wasi(wasi)
program = linker.instantiate(store, wasmtime.Module.from_file(engine, sys.argv[1]))
program.exports(store)["_start"](store)
PYTHON
diff "$folder/native.txt" "$folder/wasm.txt"
echo "WebAssembly gives the same answers"

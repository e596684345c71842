# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Builds what is measured: the project's own programs by its preset, the others as the bed builds its parts, kept in the same
# cache.

# part NAME FUNCTION: prints where the part NAME is, which is built when it is missing.
part() (
  bed_dir=$bench_dir
  # shellcheck source=../../cluster/lib/common.sh
  . "$cluster/lib/common.sh"
  # shellcheck source=../../cluster/lib/build.sh
  . "$cluster/lib/build.sh"
  make_client_go() { go_module client_go client-go; }
  make_kubectl() { go_module kubectl kubectl; }
  make_python() {
    /usr/bin/python3 -m venv "$out" && "$out/bin/python" -m pip install --quiet --disable-pip-version-check -r "$bed_dir/build/python/requirements.txt"
  }
  build_part "$1" >&2
  part_path "$1"
)

build_programs() {
  local log=$work/build.log
  (
    cd "$root"
    tests/setup build
    cmake --preset release && cmake --build --preset release --target gvisor-smoke worker_harness worker_bare worker_spawn delay floor measure
  ) >"$log" 2>&1 || { tail -40 "$log" >&2 && exit 3; }
  kubectl_program=$(part kubectl)/kubectl
  client_go_program=$(part client_go)/client-go
  python_program=$(part python)/bin/python
}

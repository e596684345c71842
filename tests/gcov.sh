# SPDX-License-Identifier: Apache-2.0
#
# Sourced by what counts the lines that tests reach, from the repository's root: the preset "coverage", and what gcov says.
# shellcheck shell=bash

# gcov_build TARGET...: builds these, and forgets what was counted before. Exit code 2 when it cannot.
gcov_build() {
  local log=build/coverage.log
  mkdir -p build
  if ! { cmake --preset coverage && cmake --build --preset coverage --target "$@"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    exit 2
  fi
  find build/coverage -name '*.gcda' -delete
}

# gcov_lines PATTERN: for each source file whose path from the root matches the pattern, a line with the number of its lines, of
# those that were reached, and its path. A file of which nothing ran has its line too.
gcov_lines() {
  (cd build/coverage && find . -name '*.gcno' -print0 | xargs -0 gcov -n 2>/dev/null) | awk -v wanted="$1" -v root="$PWD/" '
    /^File / {
      file = substr($0, 7, length($0) - 7)
      if (index(file, root) == 1)
        file = substr(file, length(root) + 1)
    }
    /^Lines executed:/ {
      if (file ~ wanted && file ~ /[.]c$/) {
        split($0, part, /[:% ]+/)
        lines[file] = part[5]
        now = int(part[3] * part[5] / 100 + 0.5)
        if (now > reached[file])
          reached[file] = now
      }
      file = ""
    }
    END {
      for (file in lines)
        print lines[file], reached[file] + 0, file
    }'
}

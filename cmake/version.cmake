# SPDX-License-Identifier: Apache-2.0
# Run at each build: writes the commit that is built into a C file, which changes only when the commit does. In a
# tarball that `git archive` made the commit stands in packaging/commit; elsewhere it is unknown.
#
#   cmake -DSOURCE=dir -DOUTPUT=version.c -DVERSION=1.2.3 -P version.cmake

set(commit "unknown")
file(STRINGS "${SOURCE}/packaging/commit" archived LIMIT_COUNT 1)
if(archived MATCHES "^[0-9a-f]+$")
  set(commit "${archived}")
elseif(EXISTS "${SOURCE}/.git")
  execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty=+changes --abbrev=12 --exclude=*
                  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit "${described}")
  endif()
endif()
set(text "/* SPDX-License-Identifier: Apache-2.0 */
/* Made at build time; see cmake/version.cmake. */
#include \"gvisor-smoke/version.h\"

const char version_number[] = \"${VERSION}\";
const char version_commit[] = \"${commit}\";
")
set(present "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" present)
endif()
if(NOT present STREQUAL text)
  file(WRITE "${OUTPUT}" "${text}")
endif()

# SPDX-License-Identifier: Apache-2.0
# Files as data of the program.
#
# embed_files(OUTPUT file.c SYMBOL name FILES f1 f2 ...) writes a C file that defines
#     const struct embedded_file name[]; const size_t name_count;
# (gvisor-smoke/embedded.h). It is made again when a file changes; adding a file needs no edit of a list where the
# caller globs with CONFIGURE_DEPENDS.

set(EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_write.cmake")

function(embed_files)
  cmake_parse_arguments(EMBED "" "OUTPUT;SYMBOL" "FILES" ${ARGN})
  list(SORT EMBED_FILES)
  list(JOIN EMBED_FILES "|" joined)
  add_custom_command(
    OUTPUT ${EMBED_OUTPUT}
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${EMBED_OUTPUT}" "-DSYMBOL=${EMBED_SYMBOL}" "-DFILES=${joined}" -P ${EMBED_SCRIPT}
    DEPENDS ${EMBED_FILES} ${EMBED_SCRIPT}
    COMMENT "Embedding ${EMBED_SYMBOL}"
    VERBATIM)
endfunction()

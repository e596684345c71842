# SPDX-License-Identifier: Apache-2.0
# Run by embed_files(): writes the files' bytes as C arrays.

string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(rows "")
set(index 0)
foreach(file IN LISTS files)
  file(READ "${file}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR length "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  get_filename_component(name "${file}" NAME)
  string(APPEND arrays "static const unsigned char bytes_${index}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${name}\", (const char *)bytes_${index}, ${length}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}"
"/* SPDX-License-Identifier: Apache-2.0 */
/* Made at build time; see cmake/embed.cmake. */
#include \"gvisor-smoke/embedded.h\"

${arrays}
const struct embedded_file ${SYMBOL}[] = {
${rows}    {0},
};
const size_t ${SYMBOL}_count = ${index};
")

# SPDX-License-Identifier: Apache-2.0
# The supervisor's own compilers and flags: it has no C library, runs in images of any kind, and is built for each
# architecture that has a compiler here, whatever the harness itself is built for.
#
# supervisor_binaries(OUTPUT variable SOURCES f1 f2 ... DEPENDS h1 h2 ...) builds one file for each architecture, named
# as node.status.nodeInfo.architecture names it, and lists them in the variable.

set(SUPERVISOR_COMPILE_FLAGS -std=c17 -Os -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables
    -fno-unwind-tables -fno-pie -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wstrict-prototypes -Wmissing-prototypes -Wvla)
set(SUPERVISOR_LINK_FLAGS -static -nostdlib -s -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noseparate-code
    -Wl,-z,noexecstack)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(SUPERVISOR_NATIVE amd64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(SUPERVISOR_NATIVE arm64)
endif()
set(SUPERVISOR_CROSS_amd64 x86_64-linux-gnu-gcc)
set(SUPERVISOR_CROSS_arm64 aarch64-linux-gnu-gcc)

function(supervisor_binaries)
  cmake_parse_arguments(SUPERVISOR "" "OUTPUT" "SOURCES;DEPENDS" ${ARGN})
  set(flags ${SUPERVISOR_COMPILE_FLAGS} ${SUPERVISOR_LINK_FLAGS})
  if(GVISOR_SMOKE_WERROR)
    list(APPEND flags -Werror)
  endif()
  set(binaries "")
  foreach(architecture IN ITEMS amd64 arm64)
    if(architecture STREQUAL SUPERVISOR_NATIVE)
      set(SUPERVISOR_COMPILER_${architecture} ${CMAKE_C_COMPILER})
    else()
      find_program(SUPERVISOR_COMPILER_${architecture} ${SUPERVISOR_CROSS_${architecture}})
    endif()
    if(NOT SUPERVISOR_COMPILER_${architecture})
      message(STATUS "No supervisor for ${architecture}: ${SUPERVISOR_CROSS_${architecture}} is not there")
      continue()
    endif()
    set(binary ${CMAKE_CURRENT_BINARY_DIR}/inside/${architecture})
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/inside)
    add_custom_command(
      OUTPUT ${binary}
      COMMAND ${SUPERVISOR_COMPILER_${architecture}} ${flags} -I${CMAKE_SOURCE_DIR}/include -o ${binary}
              ${SUPERVISOR_SOURCES}
      DEPENDS ${SUPERVISOR_SOURCES} ${SUPERVISOR_DEPENDS} ${CMAKE_SOURCE_DIR}/cmake/supervisor.cmake
      COMMENT "Building the supervisor for ${architecture}"
      VERBATIM)
    list(APPEND binaries ${binary})
  endforeach()
  set(${SUPERVISOR_OUTPUT} ${binaries} PARENT_SCOPE)
endfunction()

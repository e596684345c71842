# SPDX-License-Identifier: Apache-2.0
# What every target is compiled with: warnings, hardening, sanitizers.

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
                    -Wvla -Wformat=2)
add_compile_definitions(_GNU_SOURCE)
# Paths of the machine that builds stay out of the binary.
add_compile_options(-ffile-prefix-map=${CMAKE_BINARY_DIR}=build -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

# Assertions stay in the program that users run: a wrong state must not become a wrong verdict.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")

if(GVISOR_SMOKE_WERROR)
  add_compile_options(-Werror)
endif()
if(GVISOR_SMOKE_FUZZ)
  add_compile_options(-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(GVISOR_SMOKE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
else()
  add_compile_options(-fstack-protector-strong -fstack-clash-protection)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
endif()
if(GVISOR_SMOKE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

include(CheckPIESupported)
check_pie_supported()

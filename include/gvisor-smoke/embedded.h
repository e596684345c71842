/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are part of the program (cmake/embed.cmake).
 */
#ifndef GVISOR_SMOKE_EMBEDDED_H
#define GVISOR_SMOKE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name;  /* base name; NULL in the row behind the last */
    const char *bytes; /* followed by a NUL that is not counted */
    size_t length;
};

extern const struct embedded_file embedded_cases[];
extern const size_t embedded_cases_count;
extern const struct embedded_file embedded_probes[];
extern const size_t embedded_probes_count;
extern const struct embedded_file embedded_scaffold[];
extern const size_t embedded_scaffold_count;
extern const struct embedded_file embedded_manifests[];
extern const size_t embedded_manifests_count;
extern const struct embedded_file embedded_pages[];
extern const size_t embedded_pages_count;

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The environment of a script.
 */
#include "inside.h"

#define ENVIRONMENT_MAX 8192

static char places[4][PATH_MAX_BYTES + 32];
static const char *variables[ENVIRONMENT_MAX + 1];
static size_t variable_count;

/* The first of a name wins. */
static void add_variable(const char *variable)
{
    size_t name = 0;
    while (variable[name] && variable[name] != '=')
        name++;
    for (size_t i = 0; i < variable_count; i++) {
        size_t k = 0;
        while (k <= name && variables[i][k] == variable[k])
            k++;
        if (k > name)
            return;
    }
    if (variable_count < ENVIRONMENT_MAX)
        variables[variable_count++] = variable;
}

static void add_own_variable(char *place, const char *name, const char *folder, const char *inner)
{
    struct text text = {.bytes = place, .max = sizeof *places};
    text_add(&text, name);
    text_add(&text, folder);
    text_add(&text, inner);
    add_variable(place);
}

const char *const *environment_make(const struct request *request, const struct folder *folder,
                                    const char *const *container)
{
    for (size_t i = 0; i < request->environment_count; i++)
        add_variable(request->environment[i]);
    add_own_variable(places[0], "HOME=", folder->path, "/work");
    add_own_variable(places[1], "TMPDIR=", folder->path, "/work");
    add_own_variable(places[2], "PWD=", folder->path, "/work");
    add_own_variable(places[3], "GVISOR_SMOKE_DIR=", folder->path, "");
    for (; *container; container++)
        add_variable(*container);
    return variables;
}

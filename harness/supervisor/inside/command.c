/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands, looked up as a shell does, but without one: an image's shell may have functions and built-ins of
 * any name, and what a case needs is a program.
 */
#include "inside.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define MAY_EXECUTE 1

static bool is_program(const char *path)
{
    struct statx status;
    return sys_status(AT_FDCWD, path, 0, &status) == 0 && (status.stx_mode & S_IFMT) == S_IFREG &&
           sys_access(path, MAY_EXECUTE) == 0;
}

static bool has_slash(const char *name)
{
    for (; *name; name++)
        if (*name == '/')
            return true;
    return false;
}

/* The next folder of a PATH; an empty one is the working directory. Returns NULL behind the last. */
static const char *next_folder(const char *at, struct text *ret_folder)
{
    if (!at)
        return NULL;
    size_t length = 0;
    while (at[length] && at[length] != ':')
        length++;
    ret_folder->length = 0;
    text_add_bytes(ret_folder, length ? at : ".", length ? length : 1);
    return at + length;
}

bool command_find(const char *name, const char *const *environment, struct text *ret_path)
{
    if (!*name)
        return false;
    if (has_slash(name)) {
        text_add(ret_path, name);
        return is_program(name);
    }
    const char *path = environment_value(environment, "PATH");
    for (const char *at = path && *path ? path : PATH_DEFAULT; (at = next_folder(at, ret_path));) {
        text_add(ret_path, "/");
        text_add(ret_path, name);
        if (is_program(ret_path->bytes))
            return true;
        at = *at ? at + 1 : NULL;
    }
    return false;
}

size_t command_reply_missing(const struct request *request, const char *const *environment)
{
    static char place[PATH_MAX_BYTES];
    size_t missing = 0;
    for (size_t i = 0; i < request->need_count; i++) {
        struct text path = TEXT(place);
        if (command_find(request->needs[i], environment, &path))
            continue;
        reply_frame(SUPERVISOR_FRAME_MISSING, request->needs[i], text_length(request->needs[i]));
        missing++;
    }
    return missing;
}

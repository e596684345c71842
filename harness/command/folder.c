/* SPDX-License-Identifier: Apache-2.0
 *
 * Folders that are made where they are missing.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"

int command_make_folder(const char *what, const char *path, struct error **err)
{
    cleanup_free char *copy = xstrdup(path);
    for (char *slash = copy + 1; *copy && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(copy, 0777);
        *slash = '/';
    }
    struct stat status;
    if (mkdir(copy, 0777) == 0 || (errno == EEXIST && stat(copy, &status) == 0 && S_ISDIR(status.st_mode)))
        return 0;
    error_set(err, ERROR_ENVIRONMENT, "cannot make the %s \"%s\": %s", what, path, strerror(errno));
    return -1;
}

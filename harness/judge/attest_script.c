/* SPDX-License-Identifier: Apache-2.0
 *
 * The script that reads the signs in the pod, and the reading of what it prints.
 *
 * POSIX sh built-ins only. Each file is read in a subshell of its own: a redirection that fails may end a
 * POSIX shell, and must cost one item, not the rest. Nothing is read that could block: /proc files of the
 * kernel end by themselves.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "judge.h"

#define ITEM_MAX_BYTES 4096                  /* of one value */
#define OUTPUT_MAX_BYTES ((size_t)64 * 1024) /* of the output that is looked at */

const char *attest_script(void)
{
    return "# the first line of a file\n"
           "first() { ( IFS= read -r line <\"$2\" || [ -n \"$line\" ] || exit 0\n"
           "    printf '%s=%s\\n' \"$1\" \"$line\" ) 2>/dev/null; }\n"
           "# the line of a file that begins with a word\n"
           "found() { ( while IFS= read -r line; do case $line in \"$3\"*)\n"
           "    printf '%s=%s\\n' \"$1\" \"$line\"; break ;; esac; done <\"$2\" ) 2>/dev/null; }\n"
           "there() { if [ -e \"$2\" ]; then printf '%s=present\\n' \"$1\"; else printf '%s=absent\\n' "
           "\"$1\"; fi; }\n"
           "first version /proc/version\n"
           "first osrelease /proc/sys/kernel/osrelease\n"
           "first boot_id /proc/sys/kernel/random/boot_id\n"
           "first cmdline /proc/cmdline\n"
           "there sentry_meminfo /proc/sentry-meminfo\n"
           "first loadavg /proc/loadavg\n"
           "( root=; while read -r source where type options; do\n"
           "    [ \"$where\" = / ] && root=\"$source $type $options\"; done </proc/mounts\n"
           "    [ -z \"$root\" ] || printf 'root_mount=%s\\n' \"$root\" ) 2>/dev/null\n"
           "there proc_gvisor /proc/gvisor\n"
           "found cpu_model /proc/cpuinfo 'model name'\n"
           "found ctxt /proc/stat 'ctxt '\n"
           "( [ -r /proc/modules ] || { printf 'modules=absent\\n'; exit 0; }\n"
           "    line=; IFS= read -r line </proc/modules; printf 'modules=%s\\n' \"${line:-empty}\" ) "
           "2>/dev/null\n"
           "found uid /proc/self/status Uid:\n"
           "printf 'end=1\\n'\n";
}

char *attest_item(const char *output, const char *key)
{
    size_t key_length = strlen(key);
    const char *end = output + strnlen(output, OUTPUT_MAX_BYTES);
    for (const char *at = output; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);
        if (length > key_length && memcmp(at, key, key_length) == 0 && at[key_length] == '=')
            return line_from_text(at + key_length + 1, length - key_length - 1, ITEM_MAX_BYTES);
        at += length + 1;
    }
    return NULL;
}

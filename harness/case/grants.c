/* SPDX-License-Identifier: Apache-2.0
 *
 * What a case may ask of its pod: the words of `grant`.
 */
#include <string.h>

#include "case.h"
#include "gvisor-smoke/cleanup.h"

/* capabilities(7), Linux 5.9 and later, without CAP_: as Kubernetes wants them in securityContext. */
static const char *const capabilities[] = {
    "AUDIT_CONTROL",   "AUDIT_READ",   "AUDIT_WRITE",
    "BLOCK_SUSPEND",   "BPF",          "CHECKPOINT_RESTORE",
    "CHOWN",           "DAC_OVERRIDE", "DAC_READ_SEARCH",
    "FOWNER",          "FSETID",       "IPC_LOCK",
    "IPC_OWNER",       "KILL",         "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN",    "MAC_OVERRIDE",
    "MKNOD",           "NET_ADMIN",    "NET_BIND_SERVICE",
    "NET_BROADCAST",   "NET_RAW",      "PERFMON",
    "SETFCAP",         "SETGID",       "SETPCAP",
    "SETUID",          "SYSLOG",       "SYS_ADMIN",
    "SYS_BOOT",        "SYS_CHROOT",   "SYS_MODULE",
    "SYS_NICE",        "SYS_PACCT",    "SYS_PTRACE",
    "SYS_RAWIO",       "SYS_RESOURCE", "SYS_TIME",
    "SYS_TTY_CONFIG",  "WAKE_ALARM",
};

#define GRANTS_MAX 200

static bool is_capability(const char *word)
{
    for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
        if (strcmp(word, capabilities[i]) == 0)
            return true;
    return false;
}

/* An absolute path of plain characters, without "..". */
static bool is_path_below(const char *path, const char *top)
{
    return text_starts_with(path, top) && path[strlen(top)] && case_word_valid(path, "/._-") &&
           !strstr(path, "..") && !strstr(path, "//") && !text_ends_with(path, "/");
}

static bool is_grant(const char *word)
{
    if (text_starts_with(word, "device:"))
        return is_path_below(word + strlen("device:"), "/dev/");
    if (text_starts_with(word, "tmpfs:"))
        return is_path_below(word + strlen("tmpfs:"), "/");
    return strcmp(word, "root") == 0 || strcmp(word, "privileged") == 0 || strcmp(word, "volume") == 0 ||
           is_capability(word);
}

static void refuse(struct error **err, const char *path, size_t line, const char *word)
{
    if (text_starts_with(word, "CAP_") && is_capability(word + 4)) {
        case_error(err, path, line, "grant \"%s\" is written without CAP_: %s", word, word + 4);
        return;
    }
    struct strings words = {0};
    for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
        strings_add(&words, capabilities[i]);
    cleanup_free char *near = nearest_words(word, &words);
    strings_release(&words);
    case_error(err, path, line,
               "unknown grant \"%s\"; there are: a Linux capability without CAP_%s%s%s, root, privileged, "
               "volume, device:/dev/NAME, tmpfs:/PATH",
               word, *near ? " (nearest: " : "", near, *near ? ")" : "");
}

int case_grants_parse(const char *path, size_t line, const char *value, struct strings *grants,
                      struct error **err)
{
    cleanup_strings struct strings words = strings_split(value, " \t,");
    if (words.count > GRANTS_MAX) {
        case_error(err, path, line, "%zu grants are more than the %d that a case can have", words.count,
                   GRANTS_MAX);
        return -1;
    }
    for (size_t i = 0; i < words.count; i++) {
        if (!is_grant(words.items[i])) {
            refuse(err, path, line, words.items[i]);
            return -1;
        }
        if (strings_contain(grants, words.items[i])) {
            case_error(err, path, line, "grant \"%s\" is named twice", words.items[i]);
            return -1;
        }
        strings_add(grants, words.items[i]);
    }
    strings_sort(grants);
    return 0;
}

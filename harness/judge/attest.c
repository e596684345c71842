/* SPDX-License-Identifier: Apache-2.0
 *
 * The signs of gVisor: one function for each, a table, and their sum.
 *
 * Sources: gVisor's pkg/sentry/fsimpl/proc and pkg/sentry/kernel/version, and what real sandboxes of three
 * releases print. A sign whose absence proves nothing says SIGN_UNKNOWN then: releases add and drop such
 * things.
 */
#include <string.h>
#include <strings.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "judge.h"

#define SHOWN_MAX_BYTES 120 /* of a sign's value */

static const char *const says_names[] = {
    [SIGN_GVISOR] = "gvisor",
    [SIGN_NOT_GVISOR] = "not-gvisor",
    [SIGN_UNKNOWN] = "unknown",
};

const char *sign_says_name(enum sign_says says)
{
    return says_names[says];
}

bool sign_says_parse(const char *word, enum sign_says *ret_says)
{
    for (size_t i = 0; i < sizeof says_names / sizeof *says_names; i++)
        if (strcmp(word, says_names[i]) == 0) {
            *ret_says = (enum sign_says)i;
            return true;
        }
    return false;
}

/* What a look at one sign goes by. */
struct look {
    const char *item;    /* the item of the rule, or NULL: could not be read */
    const char *version; /* /proc/version, or NULL */
    const struct attest_facts *facts;
    char *note; /* shown in place of the item, or NULL; freed by sign_make() */
};

/* The release in "Linux version RELEASE ...", or NULL. */
static char *release_of(const char *version)
{
    const char prefix[] = "Linux version ";
    if (!version || !text_starts_with(version, prefix))
        return NULL;
    const char *release = version + sizeof prefix - 1;
    size_t length = strcspn(release, " ");
    return length ? line_from_text(release, length, SHOWN_MAX_BYTES) : NULL;
}

/* gVisor names itself since April 2026; before, it is known by a build date that never changed and by the
 * missing
 * "(user@host) (compiler)" of a real kernel. */
static enum sign_says look_version(struct look *look)
{
    cleanup_free char *release = release_of(look->version);
    if (!release)
        return SIGN_UNKNOWN;
    cleanup_free char *fixed = xasprintf("Linux version %s #1 SMP Sun Jan 10 15:06:54 PST 2016", release);
    if (text_ends_with(release, "-gvisor") || strcmp(look->version, fixed) == 0)
        return SIGN_GVISOR;
    return strchr(look->version, '(') ? SIGN_NOT_GVISOR : SIGN_UNKNOWN;
}

/* Compares what the pod shows with what the API says of the node. */
static enum sign_says compare_with_node(struct look *look, const char *seen, const char *node)
{
    if (!seen || !*seen)
        return SIGN_UNKNOWN;
    if (!node || !*node) {
        look->note = xasprintf("%s (the node's is not known)", seen);
        return SIGN_UNKNOWN;
    }
    bool same = strcasecmp(seen, node) == 0;
    look->note = same ? xasprintf("%s, as on the node", seen) : xasprintf("%s, the node has %s", seen, node);
    return same ? SIGN_NOT_GVISOR : SIGN_GVISOR;
}

static enum sign_says look_release(struct look *look)
{
    cleanup_free char *release = release_of(look->version);
    return compare_with_node(look, look->item ? look->item : release, look->facts->node_kernel_version);
}

static enum sign_says look_boot_id(struct look *look)
{
    return compare_with_node(look, look->item, look->facts->node_boot_id);
}

static enum sign_says look_cmdline(struct look *look)
{
    if (!*look->item)
        return SIGN_UNKNOWN;
    const char prefix[] = "BOOT_IMAGE=/vmlinuz-";
    if (!text_starts_with(look->item, prefix))
        return SIGN_NOT_GVISOR;
    cleanup_free char *image = xstrndup(look->item, strcspn(look->item, " "));
    return text_ends_with(image, "-gvisor") ? SIGN_GVISOR : SIGN_NOT_GVISOR;
}

/* In every release since August 2022. */
static enum sign_says look_sentry_meminfo(struct look *look)
{
    return strcmp(look->item, "present") == 0 ? SIGN_GVISOR : SIGN_NOT_GVISOR;
}

/* A kernel that runs this script has at least one process; gVisor does not count them. */
static enum sign_says look_loadavg(struct look *look)
{
    if (!*look->item)
        return SIGN_UNKNOWN;
    return strcmp(look->item, "0.00 0.00 0.00 0/0 0") == 0 ? SIGN_GVISOR : SIGN_NOT_GVISOR;
}

/* "SOURCE TYPE OPTIONS". gVisor mounts the root from "none", as 9p or as an overlay that names no layers. */
static enum sign_says look_root_mount(struct look *look)
{
    cleanup_strings struct strings words = strings_split(look->item, " ");
    if (words.count < 2)
        return SIGN_UNKNOWN;
    bool layers = strstr(look->item, "lowerdir=");
    bool overlay = strcmp(words.items[1], "overlay") == 0;
    look->note =
        xasprintf("%s from \"%s\"%s", words.items[1], words.items[0], layers ? ", names its layers" : "");
    if (overlay && layers)
        return SIGN_NOT_GVISOR;
    bool known = overlay || strcmp(words.items[1], "9p") == 0;
    return known && strcmp(words.items[0], "none") == 0 ? SIGN_GVISOR : SIGN_UNKNOWN;
}

/* Since June 2026. */
static enum sign_says look_proc_gvisor(struct look *look)
{
    return strcmp(look->item, "present") == 0 ? SIGN_GVISOR : SIGN_UNKNOWN;
}

/* "model name : unknown": only x86 has the line, and only gVisor does not know its processor's name. */
static enum sign_says look_cpu_model(struct look *look)
{
    const char *colon = strchr(look->item, ':');
    return colon && strcmp(colon, ": unknown") == 0 ? SIGN_GVISOR : SIGN_UNKNOWN;
}

static enum sign_says look_ctxt(struct look *look)
{
    return strcmp(look->item, "ctxt 0") == 0 ? SIGN_GVISOR : SIGN_NOT_GVISOR;
}

/* Newer releases have the file and never a module in it. Older ones have no such file, nor has a real kernel
 * without module support. */
static enum sign_says look_modules(struct look *look)
{
    if (strcmp(look->item, "absent") == 0)
        return SIGN_UNKNOWN;
    return strcmp(look->item, "empty") == 0 ? SIGN_GVISOR : SIGN_NOT_GVISOR;
}

/* The first line of the kernel's log; who may not read it learns nothing. */
static enum sign_says look_kernel_log(struct look *look)
{
    if (!*look->item)
        return SIGN_UNKNOWN;
    return strstr(look->item, "Starting gVisor") ? SIGN_GVISOR : SIGN_NOT_GVISOR;
}

/* gVisor refuses every counter in this way; a real kernel has software counters, or refuses by EPERM or
 * ENOSYS. */
static enum sign_says look_perf(struct look *look)
{
    return strcmp(look->item, "ENODEV") == 0 ? SIGN_GVISOR : SIGN_UNKNOWN;
}

/* A call that gVisor does not have. Real kernels can be built without it, so its presence says more. */
static enum sign_says look_absent_call(struct look *look)
{
    if (strcmp(look->item, "ENOSYS") == 0)
        return SIGN_GVISOR;
    bool there = strcmp(look->item, "ok") == 0 || strcmp(look->item, "EFAULT") == 0;
    look->note = there ? xasprintf("the kernel has it (%s)", look->item) : NULL;
    return SIGN_UNKNOWN;
}

/* Every sign. A release that changes one is a change of one function. */
static const struct rule {
    const char *name, *key;
    bool decisive;
    bool needs_item; /* says nothing when the item was not read */
    enum sign_says (*look)(struct look *look);
    bool by_supervisor; /* only a system call shows it */
} rules[] = {
    {"kernel version", "version", false, true, look_version, false},
    {"kernel release", "osrelease", true, false, look_release, false},
    {"boot id", "boot_id", true, false, look_boot_id, false},
    {"kernel command line", "cmdline", false, true, look_cmdline, false},
    {"/proc/sentry-meminfo", "sentry_meminfo", false, true, look_sentry_meminfo, false},
    {"load average", "loadavg", false, true, look_loadavg, false},
    {"root mount", "root_mount", false, true, look_root_mount, false},
    {"/proc/gvisor", "proc_gvisor", false, true, look_proc_gvisor, false},
    {"processor name", "cpu_model", false, true, look_cpu_model, false},
    {"context switches", "ctxt", false, true, look_ctxt, false},
    {"kernel modules", "modules", false, true, look_modules, false},
    {"kernel log", "dmesg", false, true, look_kernel_log, true},
    {"performance counters", "perf_event_open", false, true, look_perf, true},
    {"userfaultfd", "userfaultfd", false, true, look_absent_call, true},
    {"io_uring", "io_uring_setup", false, true, look_absent_call, true},
};
#define RULE_COUNT (sizeof rules / sizeof *rules)

static struct sign sign_make(const struct rule *rule, const char *output, const char *version,
                             const struct attest_facts *facts)
{
    cleanup_free char *item = attest_item(output, rule->key);
    struct look look = {.item = item, .version = version, .facts = facts};
    struct sign sign = {.name = xstrdup(rule->name), .says = SIGN_UNKNOWN, .decisive = rule->decisive};
    if (item || !rule->needs_item)
        sign.says = rule->look(&look);
    const char *shown = look.note ? look.note : item ? item : "could not be read";
    sign.value = line_from_text(shown, strlen(shown), SHOWN_MAX_BYTES);
    free(look.note);
    return sign;
}

/* The names of the signs that say this; of the decisive ones also the value. */
static void list_signs(struct buf *text, const struct attestation *attestation, enum sign_says says,
                       const char *title)
{
    const char *separator = title;
    for (size_t i = 0; i < attestation->count; i++) {
        const struct sign *sign = &attestation->signs[i];
        if (sign->says != says)
            continue;
        buf_printf(text, "%s%s", separator, sign->name);
        if (sign->decisive)
            buf_printf(text, " (%s)", sign->value);
        separator = ", ";
    }
}

static char *summarize(const struct attestation *attestation)
{
    cleanup_buf struct buf text;
    buf_init(&text, 8192);
    buf_printf(&text, "gvisor: %zu/%zu", attestation->gvisor_count, attestation->count);
    if (attestation->attested)
        return buf_steal(&text);
    if (attestation->gvisor_count < attestation->quorum)
        buf_printf(&text, ", %zu are needed", attestation->quorum);
    list_signs(&text, attestation, SIGN_NOT_GVISOR, "; not gVisor by: ");
    list_signs(&text, attestation, SIGN_GVISOR, "; gVisor by: ");
    return buf_steal(&text);
}

struct attestation attest_judge(const char *output, const struct attest_facts *facts)
{
    static const struct attest_facts nothing_known = {0};
    const char *text = output ? output : "";
    cleanup_free char *version = attest_item(text, "version");
    cleanup_free char *supervisor = attest_item(text, "supervisor");
    struct attestation attestation = {.quorum = supervisor ? ATTEST_QUORUM_SUPERVISOR : ATTEST_QUORUM};
    bool contradicted = false;
    attestation.signs = xcalloc(RULE_COUNT, sizeof *attestation.signs);
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rules[i].by_supervisor && !supervisor)
            continue;
        struct sign sign = sign_make(&rules[i], text, version, facts ? facts : &nothing_known);
        attestation.signs[attestation.count++] = sign;
        attestation.gvisor_count += sign.says == SIGN_GVISOR;
        contradicted = contradicted || (sign.decisive && sign.says == SIGN_NOT_GVISOR);
    }
    attestation.attested = attestation.gvisor_count >= attestation.quorum && !contradicted;
    if (attestation.signs[0].says == SIGN_GVISOR)
        attestation.release = release_of(version);
    attestation.summary = summarize(&attestation);
    return attestation;
}

void attestation_release(struct attestation *attestation)
{
    for (size_t i = 0; i < attestation->count; i++) {
        free(attestation->signs[i].name);
        free(attestation->signs[i].value);
    }
    free(attestation->signs);
    free(attestation->release);
    free(attestation->summary);
    *attestation = (struct attestation){0};
}

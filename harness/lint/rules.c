/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules that each pod spec is held against.
 *
 * What a container's securityContext sets overrides what the pod's sets. Some settings only containers have;
 * in the pod's securityContext Kubernetes drops them silently, so that is told.
 */
#include <stdlib.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "lint_private.h"

#define LISTED_MAX 5 /* names of containers in one message */

/* The pod spec under way. */
struct check {
    struct lint *lint;
    const struct yaml_node *spec, *settings; /* settings: its securityContext, or NULL */
    const char *path;
    struct lint_containers containers;
};

/* --- values --- */

static bool is_flag(const struct yaml_node *value, bool wanted)
{
    bool flag;
    return value && value->kind == YAML_TEXT && value->plain && yaml_text_is_flag(value->text, &flag) &&
           flag == wanted;
}

static bool is_text(const struct yaml_node *value, const char *wanted)
{
    return value && value->kind == YAML_TEXT && strcmp(value->text, wanted) == 0;
}

/* How a value is told of: `"true" (a text)` where a flag was wanted. */
static char *value_text(const struct yaml_node *value)
{
    if (value->kind != YAML_TEXT)
        return xstrdup(value->kind == YAML_LIST ? "a list" : "a mapping");
    cleanup_free char *printable = text_printable(value->text);
    return xasprintf(value->plain ? "%s" : "the text \"%s\"", printable);
}

/* --- what to write --- */

/* The line belongs into a securityContext, which may not be there yet. */
static char *fix_in(const char *owner, const char *line)
{
    return xasprintf("in %s%ssecurityContext write: %s", owner, *owner ? "." : "", line);
}

static char *fix_change(const char *line)
{
    return xasprintf("change it to: %s", line);
}

/* --- rules --- */

static void check_runtime_class(struct check *check)
{
    const char *wanted = check->lint->options->runtime_class;
    const struct yaml_node *value = yaml_node_get(check->spec, "runtimeClassName");
    cleanup_free char *line = xasprintf("runtimeClassName: %s", wanted);
    if (is_text(value, wanted))
        return;
    if (!value) {
        lint_found(check->lint, LINT_RUNTIME_CLASS, check->spec->line,
                   xstrdup("there is no runtimeClassName: it runs under the default runtime"),
                   xasprintf("in %s write: %s", *check->path ? check->path : "the object", line));
        return;
    }
    cleanup_free char *seen = value_text(value);
    lint_found(check->lint, LINT_RUNTIME_CLASS, value->line,
               xasprintf("runtimeClassName is %s, not %s", seen, wanted), fix_change(line));
}

/* What is wrong with a container in a setting that it may have from the pod. */
struct fault {
    const struct yaml_node *value; /* the wrong value, or NULL: there is none */
    char *message;                 /* what is wrong with the value, or NULL */
    const char *line;              /* to write in its place */
    bool is_wrong;
    bool inherited; /* nothing that the container says itself */
};

/* A setting that containers have from the pod: how it is judged and mended. */
struct inherited_rule {
    enum lint_rule rule;
    struct fault (*judge)(const struct check *check, const struct lint_container *container);
    const char *absent; /* what is wrong where nothing is set */
    const char *line;   /* to write there */
};

/* Tells of all containers that get the same wrong setting, or none, from the pod. The first ones are named.
 */
static void tell_inherited(struct check *check, const struct inherited_rule *rule, const struct fault *fault,
                           struct strings *labels, size_t count)
{
    if (count > labels->count) {
        cleanup_free char *more = xasprintf("%zu more", count - labels->count);
        strings_add(labels, more);
    }
    cleanup_free char *names = strings_join(labels, ", ");
    size_t line = fault->value ? fault->value->line : check->spec->line;
    lint_found(check->lint, rule->rule, line,
               xasprintf("%s: %s", names, fault->message ? fault->message : rule->absent),
               fault->value ? fix_change(fault->line) : fix_in(check->path, rule->line));
}

static void check_inherited(struct check *check, const struct inherited_rule *rule)
{
    cleanup_strings struct strings labels = {0};
    struct fault inherited = {0};
    size_t count = 0;
    for (size_t i = 0; i < check->containers.count && !lint_is_full(check->lint); i++) {
        const struct lint_container *container = &check->containers.items[i];
        struct fault fault = rule->judge(check, container);
        if (fault.is_wrong && !fault.inherited)
            lint_found(check->lint, rule->rule, fault.value->line,
                       xasprintf("%s: %s", container->label, fault.message), fix_change(fault.line));
        if (fault.is_wrong && fault.inherited) {
            if (count++ < LISTED_MAX)
                strings_add(&labels, container->label);
            free(inherited.message);
            inherited = fault;
        } else {
            free(fault.message);
        }
    }
    if (count && !lint_is_full(check->lint))
        tell_inherited(check, rule, &inherited, &labels, count);
    free(inherited.message);
}

/* The value of a setting for a container, and whether it has it from the pod. */
static const struct yaml_node *effective(const struct check *check, const struct lint_container *container,
                                         const char *key, bool *ret_inherited)
{
    const struct yaml_node *own = yaml_node_get(container->settings, key);
    *ret_inherited = !own;
    return own ? own : yaml_node_get(check->settings, key);
}

static bool is_number(const struct yaml_node *value)
{
    return value->kind == YAML_TEXT && value->plain && yaml_text_is_number(value->text);
}

/* A user that is named decides; without one the kubelet looks at the image's. */
static struct fault judge_non_root(const struct check *check, const struct lint_container *container)
{
    struct fault fault = {.is_wrong = true, .line = "runAsUser: 65532"};
    fault.value = effective(check, container, "runAsUser", &fault.inherited);
    if (fault.value && is_number(fault.value) && strtod(fault.value->text, NULL) != 0)
        return (struct fault){0};
    if (fault.value) {
        cleanup_free char *seen = value_text(fault.value);
        fault.message = xasprintf("runAsUser is %s%s", seen,
                                  is_number(fault.value) ? ": it runs as root" : ", not a number");
        return fault;
    }
    fault.line = "runAsNonRoot: true";
    fault.value = effective(check, container, "runAsNonRoot", &fault.inherited);
    if (is_flag(fault.value, true))
        return (struct fault){0};
    if (fault.value) {
        cleanup_free char *seen = value_text(fault.value);
        fault.message = xasprintf("runAsNonRoot is %s, not true, and no runAsUser is set", seen);
    }
    return fault;
}

static void check_non_root(struct check *check)
{
    static const struct inherited_rule rule = {
        .rule = LINT_NON_ROOT,
        .judge = judge_non_root,
        .absent = "it may run as root: neither runAsNonRoot nor runAsUser is set",
        .line = "runAsNonRoot: true"};
    check_inherited(check, &rule);
}

static struct fault judge_seccomp(const struct check *check, const struct lint_container *container)
{
    struct fault fault = {.is_wrong = true, .line = "seccompProfile: {type: RuntimeDefault}"};
    fault.value = effective(check, container, "seccompProfile", &fault.inherited);
    const struct yaml_node *type = yaml_node_get(fault.value, "type");
    if (is_text(type, "RuntimeDefault"))
        return (struct fault){0};
    cleanup_free char *seen = type ? value_text(type) : xstrdup("not set");
    if (fault.value)
        fault.message = xasprintf("the type of seccompProfile is %s, not RuntimeDefault", seen);
    return fault;
}

static void check_seccomp(struct check *check)
{
    static const struct inherited_rule rule = {
        .rule = LINT_SECCOMP,
        .judge = judge_seccomp,
        .absent = "there is no seccompProfile: the node's default counts, mostly Unconfined",
        .line = "seccompProfile: {type: RuntimeDefault}"};
    check_inherited(check, &rule);
}

/* A setting that a container must have itself. */
static void tell_of_container(struct check *check, enum lint_rule rule,
                              const struct lint_container *container, const char *key, const char *absent,
                              const char *line)
{
    const struct yaml_node *value = yaml_node_get(container->settings, key);
    if (value) {
        cleanup_free char *seen = value_text(value);
        lint_found(check->lint, rule, value->line, xasprintf("%s: %s is %s", container->label, key, seen),
                   fix_change(line));
        return;
    }
    const struct yaml_node *misplaced = yaml_node_get(check->settings, key);
    lint_found(check->lint, rule, misplaced ? misplaced->line : container->node->line,
               xasprintf("%s: %s%s", container->label, absent,
                         misplaced ? "; what stands in the pod's securityContext does not count" : ""),
               fix_in(container->path, line));
}

/* A flag that a container must have itself. */
struct flag_rule {
    enum lint_rule rule;
    const char *key;
    bool wanted;
    const char *absent; /* what is wrong where it is not set; NULL: nothing is */
    const char *line;   /* to write */
};

static void check_flag(struct check *check, const struct flag_rule *rule)
{
    for (size_t i = 0; i < check->containers.count && !lint_is_full(check->lint); i++) {
        const struct lint_container *container = &check->containers.items[i];
        const struct yaml_node *value = yaml_node_get(container->settings, rule->key);
        if (!is_flag(value, rule->wanted) && (value || rule->absent))
            tell_of_container(check, rule->rule, container, rule->key, rule->absent, rule->line);
    }
}

static void check_read_only_root(struct check *check)
{
    static const struct flag_rule rule = {
        .rule = LINT_READ_ONLY_ROOT,
        .key = "readOnlyRootFilesystem",
        .wanted = true,
        .absent = "its root file system is writable: there is no readOnlyRootFilesystem",
        .line = "readOnlyRootFilesystem: true"};
    check_flag(check, &rule);
}

static void check_privilege_escalation(struct check *check)
{
    static const struct flag_rule rule = {
        .rule = LINT_PRIVILEGE_ESCALATION,
        .key = "allowPrivilegeEscalation",
        .absent = "setuid programs may raise its rights: there is no allowPrivilegeEscalation",
        .line = "allowPrivilegeEscalation: false"};
    check_flag(check, &rule);
}

static void check_privileged(struct check *check)
{
    static const struct flag_rule rule = {
        .rule = LINT_PRIVILEGED, .key = "privileged", .line = "privileged: false"};
    check_flag(check, &rule);
}

/* --- capabilities --- */

/* Container runtimes take the word in any case. */
static bool drops_all(const struct yaml_node *drop)
{
    for (size_t i = 0; drop && drop->kind == YAML_LIST && i < drop->count; i++)
        if (drop->items[i]->kind == YAML_TEXT && strcasecmp(drop->items[i]->text, "ALL") == 0)
            return true;
    return false;
}

static void check_drop(struct check *check, const struct lint_container *container,
                       const struct yaml_node *capabilities)
{
    const struct yaml_node *drop = yaml_node_get(capabilities, "drop");
    if (drops_all(drop))
        return;
    if (drop) {
        lint_found(check->lint, LINT_CAPABILITIES, drop->line,
                   xasprintf("%s: capabilities.drop does not have ALL", container->label),
                   fix_change("drop: [ALL]"));
    } else if (capabilities) {
        lint_found(check->lint, LINT_CAPABILITIES, capabilities->line,
                   xasprintf("%s: no capability is dropped", container->label),
                   xasprintf("in %s.securityContext.capabilities write: drop: [ALL]", container->path));
    } else {
        tell_of_container(check, LINT_CAPABILITIES, container, "capabilities", "no capability is dropped",
                          "capabilities: {drop: [ALL]}");
    }
}

static void check_add(struct check *check, const struct lint_container *container,
                      const struct yaml_node *capabilities)
{
    const struct yaml_node *add = yaml_node_get(capabilities, "add");
    if (!add || (add->kind == YAML_LIST && add->count == 0))
        return;
    cleanup_strings struct strings names = {0};
    for (size_t i = 0; add->kind == YAML_LIST && i < add->count && i < LISTED_MAX; i++) {
        cleanup_free char *name = value_text(add->items[i]);
        strings_add(&names, name);
    }
    cleanup_free char *joined = strings_join(&names, ", ");
    lint_found(
        check->lint, LINT_CAPABILITIES, add->line,
        xasprintf("%s: capabilities.add gives it %s", container->label, *joined ? joined : "something"),
        xstrdup("take the line \"add\" away"));
}

static void check_capabilities(struct check *check)
{
    for (size_t i = 0; i < check->containers.count && !lint_is_full(check->lint); i++) {
        const struct lint_container *container = &check->containers.items[i];
        const struct yaml_node *capabilities = yaml_node_get(container->settings, "capabilities");
        check_drop(check, container, capabilities);
        check_add(check, container, capabilities);
    }
}

void lint_pod_spec(struct lint *lint, const struct yaml_node *spec, const char *path)
{
    static void (*const rules[LINT_RULE_COUNT])(struct check *) = {
        [LINT_RUNTIME_CLASS] = check_runtime_class,
        [LINT_NON_ROOT] = check_non_root,
        [LINT_CAPABILITIES] = check_capabilities,
        [LINT_READ_ONLY_ROOT] = check_read_only_root,
        [LINT_SECCOMP] = check_seccomp,
        [LINT_PRIVILEGED] = check_privileged,
        [LINT_PRIVILEGE_ESCALATION] = check_privilege_escalation,
    };
    struct check check = {.lint = lint,
                          .spec = spec,
                          .settings = yaml_node_get(spec, "securityContext"),
                          .path = path,
                          .containers = lint_containers_of(lint, spec, path)};
    for (int i = 0; i < LINT_RULE_COUNT && !lint_is_full(lint); i++)
        if (rules[i] && lint->options->rules[i])
            rules[i](&check);
    lint_containers_release(&check.containers);
}

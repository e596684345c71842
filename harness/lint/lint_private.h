/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the lint share.
 */
#ifndef HARNESS_LINT_LINT_PRIVATE_H
#define HARNESS_LINT_LINT_PRIVATE_H

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/lint.h"
#include "gvisor-smoke/yaml_tree.h"

#define LINT_PATH_MAX 1000 /* bytes of a path to a pod spec; longer ones are cut */

/* The object under way. Its texts are printable. */
struct lint_object {
    char *kind, *name_space, *name; /* a namespace may be NULL */
};

/* What is under way. */
struct lint {
    struct lint_report *report;
    struct lint_options *options;
    const char *source; /* of the document, or NULL */
    size_t document;    /* number in its file, from 1 */
    size_t line;        /* where the document begins */
    struct lint_object object;
    size_t own;      /* the subject for what is about no pod spec, or LINT_NO_SUBJECT */
    size_t pod_spec; /* that of the pod spec under way */
};
#define LINT_NO_SUBJECT SIZE_MAX

/* --- lint.c --- */

/* Whether a limit is reached: nothing more is looked at. */
bool lint_is_full(const struct lint *lint);
/* Begins the pod spec that is at this path in the object; what is found from now on belongs to it. */
void lint_begin_pod_spec(struct lint *lint, const struct yaml_node *spec, const char *path);
void lint_end_pod_spec(struct lint *lint);
/* Adds a finding of a rule of pod specs. Takes the texts over; fix may be NULL. */
void lint_found(struct lint *lint, enum lint_rule rule, size_t line, char *message, char *fix);
/* Adds a finding about the document or the object. */
void lint_found_in_document(struct lint *lint, size_t line, char *message, char *fix);

/* --- find.c --- */

/* Looks at the objects of one document. */
void lint_document(struct lint *lint, const struct yaml_tree *tree);

/* --- keys.c --- */

/* The texts among the keys of a mapping, sorted, equal ones in their order. The caller frees the array. */
const struct yaml_node **lint_keys(const struct yaml_node *map, size_t *ret_count);
bool lint_keys_contain(const struct yaml_node *const *keys, size_t count, const char *key);
/* Finds keys that are no text, and what is written twice in one mapping. */
void lint_check_keys(struct lint *lint, const struct yaml_tree *tree);

/* --- rules.c --- */

/* Looks at the pod spec that was begun. */
void lint_pod_spec(struct lint *lint, const struct yaml_node *spec, const char *path);

/* --- containers.c --- */

/* A container of a pod spec, with what its settings stand in. */
struct lint_container {
    const struct yaml_node *node;
    const struct yaml_node *settings; /* its securityContext, or NULL */
    char *label;                      /* container "api" */
    char *path;                       /* spec.template.spec.containers[0] */
};
struct lint_containers {
    struct lint_container *items;
    size_t count;
};
/* All containers of a pod spec: those of initContainers and ephemeralContainers too. What is in these lists
 * and is no container is a finding. */
struct lint_containers lint_containers_of(struct lint *lint, const struct yaml_node *spec, const char *path);
void lint_containers_release(struct lint_containers *containers);

/* --- options.c --- */

/* The skip that accepts what the rule finds in the object, or NULL. */
struct lint_skip *lint_options_accept(const struct lint_options *options, enum lint_rule rule,
                                      const struct lint_object *object);

#endif

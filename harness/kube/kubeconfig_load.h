/* SPDX-License-Identifier: Apache-2.0
 *
 * The kubeconfig files that count, read in order of precedence.
 *
 * kubectl merges files so that the first one to set a value, or to have an entry of a name, wins, and fields
 * of two entries of one name are never mixed. Looking each value up in the files in order gives the same, so
 * nothing is merged here.
 */
#ifndef GVISOR_SMOKE_KUBECONFIG_LOAD_H
#define GVISOR_SMOKE_KUBECONFIG_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/yaml_tree.h"

struct kubeconfig_files {
    bool is_explicit;         /* named by --kubeconfig */
    bool from_environment;    /* named by $KUBECONFIG */
    struct strings paths;     /* all that were looked for */
    struct yaml_tree **trees; /* of those that exist */
    size_t count;
};

/* The parts of a kubeconfig that are lists of named entries. */
enum kubeconfig_section { KUBECONFIG_CLUSTERS, KUBECONFIG_CONTEXTS, KUBECONFIG_USERS };

/* explicit_path: the one file to read, or NULL (or ""): $KUBECONFIG, else ~/.kube/config. A file of a list
 * that does not exist is left out; an explicit one must exist. Every file that is read must have the form of
 * a kubeconfig. */
struct kubeconfig_files *kubeconfig_files_load(const char *explicit_path, struct error **err);
void kubeconfig_files_free(struct kubeconfig_files *files); /* NULL does nothing */

/* True when no file says anything. */
bool kubeconfig_files_empty(const struct kubeconfig_files *files);

/* The first current-context that is set, or NULL; borrowed. */
const char *kubeconfig_files_current_context(const struct kubeconfig_files *files);

/* The named entry, or NULL: the node of the entry itself ({name: ..., cluster: {...}}); its content is the
 * value of kubeconfig_section_noun(). */
const struct yaml_node *kubeconfig_files_find(const struct kubeconfig_files *files,
                                              enum kubeconfig_section section, const char *name);

/* The names of a section, fit for a message: "a", "b", "c", at most 20; or "none". The caller frees it. */
char *kubeconfig_files_names(const struct kubeconfig_files *files, enum kubeconfig_section section);

/* "cluster", "context" or "user". */
const char *kubeconfig_section_noun(enum kubeconfig_section section);

/* A file name that stands in a kubeconfig, as an absolute path: relative ones count from the folder of the
 * kubeconfig. The caller frees it. */
char *kubeconfig_resolve_path(const struct yaml_tree *tree, const char *name);

#endif

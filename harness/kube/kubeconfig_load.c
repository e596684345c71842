/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds and reads the kubeconfig files, and looks values up in them by kubectl's rules.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/secret.h"
#include "kubeconfig_load.h"

#define NAMES_IN_MESSAGE 20
#define FILE_MAX_BYTES ((size_t)10 << 20)

static const struct yaml_limits limits = {
    .noun = "kubeconfig", .nodes = 200000, .expanded_nodes = 1000000, .anchors = 1000, .depth = 64};

static const struct {
    const char *list, *noun;
} sections[] = {
    [KUBECONFIG_CLUSTERS] = {"clusters", "cluster"},
    [KUBECONFIG_CONTEXTS] = {"contexts", "context"},
    [KUBECONFIG_USERS] = {"users", "user"},
};
#define SECTION_COUNT (sizeof sections / sizeof *sections)

const char *kubeconfig_section_noun(enum kubeconfig_section section)
{
    return sections[section].noun;
}

/* The name of an entry, or NULL when it has none. */
static const char *entry_name(const struct yaml_node *entry)
{
    const struct yaml_node *name = yaml_node_get(entry, "name");
    return name && name->kind == YAML_TEXT ? name->text : NULL;
}

static int check_entry(const struct yaml_node *entry, enum kubeconfig_section section, struct error **err)
{
    const char *noun = sections[section].noun;
    const char *name = NULL;
    if (entry->kind != YAML_MAP) {
        yaml_node_fail(entry, err, "each of %s must be a mapping with name and %s", sections[section].list,
                       noun);
        return -1;
    }
    if (yaml_node_text(entry, sections[section].list, "name", &name, err) < 0)
        return -1;
    const struct yaml_node *content = yaml_node_get(entry, noun);
    if (content && content->kind != YAML_MAP) {
        yaml_node_fail(content, err, "%s must be a mapping", noun);
        return -1;
    }
    return 0;
}

/* kubectl refuses a file in which two entries have one name. */
static int check_names(const struct yaml_node *list, enum kubeconfig_section section, struct error **err)
{
    cleanup_strings struct strings names = {0};
    for (size_t i = 0; i < list->count; i++)
        if (entry_name(list->items[i]))
            strings_add(&names, entry_name(list->items[i]));
    strings_sort(&names);
    for (size_t i = 1; i < names.count; i++)
        if (strcmp(names.items[i - 1], names.items[i]) == 0) {
            cleanup_free char *name = text_printable(names.items[i]);
            yaml_node_fail(list, err, "%s has two entries of the name \"%s\"", sections[section].list, name);
            return -1;
        }
    return 0;
}

static int check_section(const struct yaml_node *root, enum kubeconfig_section section, struct error **err)
{
    const struct yaml_node *list = yaml_node_get(root, sections[section].list);
    if (!list)
        return 0;
    if (list->kind != YAML_LIST) {
        yaml_node_fail(list, err, "%s must be a list", sections[section].list);
        return -1;
    }
    for (size_t i = 0; i < list->count; i++)
        if (check_entry(list->items[i], section, err) < 0)
            return -1;
    return check_names(list, section, err);
}

static int check_type(const struct yaml_node *root, const char *key, const char *wanted, struct error **err)
{
    const char *value = NULL;
    if (yaml_node_text(root, "the file", key, &value, err) < 0)
        return -1;
    if (!value || strcmp(value, wanted) == 0)
        return 0;
    cleanup_free char *name = text_printable(value);
    yaml_node_fail(yaml_node_get(root, key), err, "%s is \"%s\", a kubeconfig has \"%s\"", key, name, wanted);
    return -1;
}

static bool tree_empty(const struct yaml_tree *tree)
{
    return !tree->root || tree->root->kind == YAML_NULL ||
           (tree->root->kind == YAML_MAP && tree->root->count == 0);
}

static int check_form(const struct yaml_tree *tree, struct error **err)
{
    const char *current = NULL;
    if (tree_empty(tree))
        return 0;
    if (tree->root->kind != YAML_MAP) {
        yaml_node_fail(tree->root, err,
                       "not a kubeconfig: it must be a mapping with clusters, contexts and users");
        return -1;
    }
    if (check_type(tree->root, "apiVersion", "v1", err) < 0 ||
        check_type(tree->root, "kind", "Config", err) < 0)
        return -1;
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (check_section(tree->root, (enum kubeconfig_section)i, err) < 0)
            return -1;
    return yaml_node_text(tree->root, "the file", "current-context", &current, err);
}

static struct yaml_tree *read_tree(const char *path, struct error **err)
{
    size_t length = 0;
    char *bytes = text_read_file(path, FILE_MAX_BYTES, &length, err);
    if (!bytes) {
        error_wrap(err, "kubeconfig");
        (*err)->kind = ERROR_USAGE;
        return NULL;
    }
    struct yaml_tree *tree = yaml_tree_parse(path, bytes, length, &limits, err);
    secret_wipe(bytes, length);
    free(bytes);
    if (tree && check_form(tree, err) < 0) {
        yaml_tree_free(tree);
        return NULL;
    }
    return tree;
}

static int read_file(struct kubeconfig_files *files, const char *path, struct error **err)
{
    if (strings_contain(&files->paths, path))
        return 0;
    strings_add(&files->paths, path);
    if (!files->is_explicit && access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    struct yaml_tree *tree = read_tree(path, err);
    if (!tree)
        return -1;
    files->trees = xrealloc(files->trees, files->count + 1, sizeof(struct yaml_tree *));
    files->trees[files->count++] = tree;
    return 0;
}

static int read_all(struct kubeconfig_files *files, const char *explicit_path, struct error **err)
{
    const char *list = getenv("KUBECONFIG"), *home = getenv("HOME");
    if (explicit_path && *explicit_path) {
        files->is_explicit = true;
        return read_file(files, explicit_path, err);
    }
    if (list && *list) {
        files->from_environment = true;
        cleanup_strings struct strings paths = strings_split(list, ":");
        for (size_t i = 0; i < paths.count; i++)
            if (read_file(files, paths.items[i], err) < 0)
                return -1;
        return 0;
    }
    cleanup_free char *path = xasprintf("%s/.kube/config", home ? home : "");
    return home && *home ? read_file(files, path, err) : 0;
}

struct kubeconfig_files *kubeconfig_files_load(const char *explicit_path, struct error **err)
{
    struct kubeconfig_files *files = xcalloc(1, sizeof *files);
    if (read_all(files, explicit_path, err) < 0) {
        kubeconfig_files_free(files);
        return NULL;
    }
    return files;
}

void kubeconfig_files_free(struct kubeconfig_files *files)
{
    if (!files)
        return;
    for (size_t i = 0; i < files->count; i++)
        yaml_tree_free(files->trees[i]);
    free(files->trees);
    strings_release(&files->paths);
    free(files);
}

bool kubeconfig_files_empty(const struct kubeconfig_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (!tree_empty(files->trees[i]))
            return false;
    return true;
}

const char *kubeconfig_files_current_context(const struct kubeconfig_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct yaml_node *name = yaml_node_get(files->trees[i]->root, "current-context");
        if (name && name->text[0])
            return name->text;
    }
    return NULL;
}

const struct yaml_node *kubeconfig_files_find(const struct kubeconfig_files *files,
                                              enum kubeconfig_section section, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct yaml_node *list = yaml_node_get(files->trees[i]->root, sections[section].list);
        for (size_t j = 0; list && j < list->count; j++) {
            const char *other = entry_name(list->items[j]);
            if (other && strcmp(other, name) == 0)
                return list->items[j];
        }
    }
    return NULL;
}

static void add_names(const struct yaml_node *list, struct strings *names)
{
    for (size_t i = 0; list && i < list->count && names->count <= NAMES_IN_MESSAGE; i++) {
        const char *name = entry_name(list->items[i]);
        if (!name)
            continue;
        cleanup_free char *printable = text_printable(name);
        cleanup_free char *quoted = xasprintf("\"%s\"", printable);
        if (!strings_contain(names, quoted))
            strings_add(names, names->count < NAMES_IN_MESSAGE ? quoted : "...");
    }
}

char *kubeconfig_files_names(const struct kubeconfig_files *files, enum kubeconfig_section section)
{
    cleanup_strings struct strings names = {0};
    for (size_t i = 0; i < files->count; i++)
        add_names(yaml_node_get(files->trees[i]->root, sections[section].list), &names);
    return names.count ? strings_join(&names, ", ") : xstrdup("none");
}

char *kubeconfig_resolve_path(const struct yaml_tree *tree, const char *name)
{
    char here[PATH_MAX];
    const char *slash = strrchr(tree->path, '/');
    if (name[0] == '/')
        return xstrdup(name);
    while (text_starts_with(name, "./"))
        name += 2;
    if (tree->path[0] == '/')
        return xasprintf("%.*s/%s", (int)(slash - tree->path), tree->path, name);
    if (!getcwd(here, sizeof here))
        strcpy(here, "."); /* the folder is gone: reading will say so */
    if (!slash)
        return xasprintf("%s/%s", here, name);
    return xasprintf("%s/%.*s/%s", here, (int)(slash - tree->path), tree->path, name);
}

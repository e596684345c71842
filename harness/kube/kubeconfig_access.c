/* SPDX-License-Identifier: Apache-2.0
 *
 * Chooses context, cluster and user, and resolves them into a struct kube_access.
 */
#include "gvisor-smoke/cleanup.h"
#include "kubeconfig_load.h"
#include "kubeconfig_parts.h"

static void cleanup_files_function(struct kubeconfig_files **files)
{
    kubeconfig_files_free(*files);
}

static void cleanup_access_function(struct kube_access **access)
{
    kube_access_free(*access);
}

#define cleanup_files __attribute__((cleanup(cleanup_files_function)))
#define cleanup_access __attribute__((cleanup(cleanup_access_function)))

/* The files that were looked at, for messages: "a", "b". */
static char *quoted_paths(const struct kubeconfig_files *files)
{
    cleanup_free char *joined = strings_join(&files->paths, "\", \"");
    return xasprintf("\"%s\"", joined);
}

static void fail_empty(const struct kubeconfig_files *files, struct error **err)
{
    cleanup_free char *paths = quoted_paths(files);
    if (files->count > 0)
        error_set(err, ERROR_USAGE, "no kubeconfig: %s %s empty", paths, files->count > 1 ? "are" : "is");
    else if (files->paths.count == 0)
        error_set(err, ERROR_USAGE, "no kubeconfig: neither KUBECONFIG nor HOME names one");
    else
        error_set(err, ERROR_USAGE, "no kubeconfig: %s%s", paths,
                  files->from_environment ? " of KUBECONFIG cannot be found" : " does not exist");
    error_hint(err, "give --kubeconfig FILE, or set KUBECONFIG");
}

/* The name of the context, or NULL with an error. */
static const char *choose_context(const struct kubeconfig_files *files, const char *wanted,
                                  struct error **err)
{
    const char *name = wanted ? wanted : kubeconfig_files_current_context(files);
    cleanup_free char *names = kubeconfig_files_names(files, KUBECONFIG_CONTEXTS);
    cleanup_free char *paths = quoted_paths(files);
    if (!name) {
        error_set(err, ERROR_USAGE, "kubeconfig %s has no current-context; its contexts: %s", paths, names);
        error_hint(err, "choose one with --context NAME, or kubectl config use-context NAME");
        return NULL;
    }
    if (kubeconfig_files_find(files, KUBECONFIG_CONTEXTS, name))
        return name;
    cleanup_free char *printable = text_printable(name);
    error_set(err, ERROR_USAGE, "kubeconfig %s has no context \"%s\"%s; its contexts: %s", paths, printable,
              wanted ? "" : ", which is its current-context", names);
    return NULL;
}

/* Follows the name that a context gives for a cluster or user. Sets *ret_name to a copy (NULL when it gives
 * none), *ret_node to the entry. */
static int follow(const struct kubeconfig_files *files, const struct yaml_node *context, const char *what,
                  enum kubeconfig_section section, char **ret_name, const struct yaml_node **ret_node,
                  struct error **err)
{
    const char *noun = kubeconfig_section_noun(section), *name = NULL;
    if (yaml_node_text(context, what, noun, &name, err) < 0)
        return -1;
    if (!name)
        return 0;
    *ret_name = xstrdup(name);
    *ret_node = kubeconfig_files_find(files, section, name);
    if (*ret_node)
        return 0;
    cleanup_free char *printable = text_printable(name);
    cleanup_free char *names = kubeconfig_files_names(files, section);
    yaml_node_fail(yaml_node_get(context, noun), err, "%s names the %s \"%s\", which does not exist; %ss: %s",
                   what, noun, printable, noun, names);
    return -1;
}

/* The mapping inside an entry; an entry that has none stands for itself, so that messages have its line. */
static struct kubeconfig_entry entry_of(const struct yaml_node *node, const char *noun, const char *what)
{
    const struct yaml_node *content = yaml_node_get(node, noun);
    return (struct kubeconfig_entry){.node = content ? content : node, .what = what};
}

static char *call(const char *noun, const char *name)
{
    cleanup_free char *printable = text_printable(name);
    return xasprintf("%s \"%s\"", noun, printable);
}

static int resolve_cluster(struct kube_access *access, const struct kubeconfig_files *files,
                           struct kubeconfig_entry context, struct error **err)
{
    const struct yaml_node *node = NULL;
    if (follow(files, context.node, context.what, KUBECONFIG_CLUSTERS, &access->cluster, &node, err) < 0)
        return -1;
    if (!node) {
        cleanup_free char *names = kubeconfig_files_names(files, KUBECONFIG_CLUSTERS);
        yaml_node_fail(context.node, err, "%s names no cluster; clusters: %s", context.what, names);
        return -1;
    }
    cleanup_free char *what = call("cluster", access->cluster);
    return kubeconfig_resolve_cluster(access, entry_of(node, "cluster", what), err);
}

/* A context without user is anonymous. Over plain http nothing secret is sent: kubectl leaves the user out
 * too. */
static int resolve_user(struct kube_access *access, const struct kubeconfig_files *files,
                        struct kubeconfig_entry context, struct error **err)
{
    const struct yaml_node *node = NULL;
    if (follow(files, context.node, context.what, KUBECONFIG_USERS, &access->user, &node, err) < 0)
        return -1;
    if (!node || !access->tls)
        return 0;
    cleanup_free char *what = call("user", access->user);
    return kubeconfig_resolve_user(access, entry_of(node, "user", what), err);
}

static int resolve_namespace(struct kube_access *access, struct kubeconfig_entry context, struct error **err)
{
    const char *name = NULL;
    if (yaml_node_text(context.node, context.what, "namespace", &name, err) < 0)
        return -1;
    access->name_space = xstrdup(name);
    return 0;
}

static struct kube_access *resolve(const struct kubeconfig_files *files, const char *wanted_context,
                                   struct error **err)
{
    const char *name = choose_context(files, wanted_context, err);
    if (!name)
        return NULL;
    cleanup_free char *what = call("context", name);
    struct kubeconfig_entry context =
        entry_of(kubeconfig_files_find(files, KUBECONFIG_CONTEXTS, name), "context", what);
    cleanup_access struct kube_access *access = xcalloc(1, sizeof *access);
    access->context = xstrdup(name);
    if (resolve_namespace(access, context, err) < 0 || resolve_cluster(access, files, context, err) < 0 ||
        resolve_user(access, files, context, err) < 0)
        return NULL;
    return steal(&access);
}

struct kube_access *kube_access_load(const struct kubeconfig_options *options, struct error **err)
{
    const char *context = options->context && options->context[0] ? options->context : NULL;
    cleanup_files struct kubeconfig_files *files = kubeconfig_files_load(options->kubeconfig, err);
    if (!files)
        return NULL;
    if (!kubeconfig_files_empty(files))
        return resolve(files, context, err);
    if (!files->is_explicit && !context && kubeconfig_in_cluster_possible(KUBECONFIG_SERVICE_ACCOUNT_FOLDER))
        return kubeconfig_in_cluster(KUBECONFIG_SERVICE_ACCOUNT_FOLDER, err);
    fail_empty(files, err);
    return NULL;
}

void kube_access_free(struct kube_access *access)
{
    if (!access)
        return;
    free(access->context);
    free(access->cluster);
    free(access->user);
    free(access->name_space);
    free(access->server);
    free(access->host);
    free(access->path_prefix);
    free(access->tls_server_name);
    free(access->proxy_url);
    free(access->ca_pem);
    free(access->client_certificate_pem);
    free(access->token_file);
    free(access->username);
    secret_free(access->client_key_pem);
    secret_free(access->token);
    secret_free(access->password);
    free(access);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Chooses context, cluster and user, and resolves them into a struct kube_access.
 */
#include "gvisor-smoke/cleanup.h"
#include "kubeconfig_load.h"
#include "kubeconfig_parts.h"
#include "plugin.h"

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

static bool given(const char *option)
{
    return option && *option;
}

/* Sets *ret_name to the context's name, or to NULL where the command line says enough without one. */
static int choose_context(const struct kubeconfig_files *files, const struct kubeconfig_options *options,
                          const char **ret_name, struct error **err)
{
    bool wanted = given(options->context);
    const char *name = wanted ? options->context : kubeconfig_files_current_context(files);
    *ret_name = name;
    if (name && kubeconfig_files_find(files, KUBECONFIG_CONTEXTS, name))
        return 0;
    if (!name && (given(options->server) || given(options->cluster)))
        return 0;
    cleanup_free char *names = kubeconfig_files_names(files, KUBECONFIG_CONTEXTS);
    cleanup_free char *paths = quoted_paths(files);
    if (!name) {
        error_set(err, ERROR_USAGE, "kubeconfig %s has no current-context; its contexts: %s", paths, names);
        error_hint(err, "choose one with --context NAME, or kubectl config use-context NAME");
        return -1;
    }
    cleanup_free char *printable = text_printable(name);
    error_set(err, ERROR_USAGE, "kubeconfig %s has no context \"%s\"%s; its contexts: %s", paths, printable,
              wanted ? "" : ", which is its current-context", names);
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
    if (!name)
        return xasprintf("the %s", noun);
    cleanup_free char *printable = text_printable(name);
    return xasprintf("%s \"%s\"", noun, printable);
}

/* A cluster or user that is chosen by name, on the command line or by the context. */
struct choice {
    enum kubeconfig_section section;
    struct kubeconfig_value name;
    const struct yaml_node *node; /* NULL: there is no such entry, or no name */
};

static int choose(const struct kubeconfig_files *files, struct kubeconfig_entry context, const char *option,
                  struct choice *choice, struct error **err)
{
    const char *noun = kubeconfig_section_noun(choice->section);
    if (kubeconfig_value_read(context, noun, option, &choice->name, err) < 0)
        return -1;
    if (choice->name.text)
        choice->node = kubeconfig_files_find(files, choice->section, choice->name.text);
    return 0;
}

/* The message for a chosen name without entry: who names it, and what there is. */
static char *missing(const struct kubeconfig_files *files, const struct choice *choice)
{
    const char *noun = kubeconfig_section_noun(choice->section);
    cleanup_free char *printable = text_printable(choice->name.text);
    cleanup_free char *names = kubeconfig_files_names(files, choice->section);
    return xasprintf("%s: the %s \"%s\" does not exist; %ss: %s", choice->name.place, noun, printable, noun,
                     names);
}

static int fail_no_cluster(const struct kubeconfig_files *files, struct kubeconfig_entry context,
                           const struct choice *choice, struct error **err)
{
    if (choice->name.text) {
        cleanup_free char *problem = missing(files, choice);
        error_set(err, ERROR_USAGE, "%s", problem);
    } else {
        cleanup_free char *names = kubeconfig_files_names(files, KUBECONFIG_CLUSTERS);
        yaml_node_fail(context.node, err, "%s names no cluster; clusters: %s", context.what, names);
    }
    return -1;
}

/* A server on the command line needs no cluster, but a cluster that is named there must exist. */
static int resolve_cluster(struct kube_access *access, const struct kubeconfig_files *files,
                           struct kubeconfig_entry context, const struct kubeconfig_options *options,
                           struct choice *choice, struct error **err)
{
    if (choose(files, context, options->cluster, choice, err) < 0)
        return -1;
    if (!choice->node && (given(options->cluster) || !given(options->server)))
        return fail_no_cluster(files, context, choice, err);
    access->cluster = xstrdup(choice->name.text);
    cleanup_free char *what = call("cluster", access->cluster);
    return kubeconfig_resolve_cluster(access, entry_of(choice->node, "cluster", what), options, err);
}

/* A context without user is anonymous. */
static int resolve_user(struct kube_access *access, const struct kubeconfig_files *files,
                        struct kubeconfig_entry context, const struct kubeconfig_options *options,
                        const struct choice *cluster, struct choice *choice, struct error **err)
{
    if (choose(files, context, options->user, choice, err) < 0)
        return -1;
    if (choice->name.text && !choice->node) {
        cleanup_free char *problem = missing(files, choice);
        error_set(err, ERROR_USAGE, "%s", problem);
        return -1;
    }
    access->user = xstrdup(choice->name.text);
    cleanup_free char *what = call("user", access->user);
    return kubeconfig_resolve_user(access, entry_of(choice->node, "user", what),
                                   entry_of(cluster->node, "cluster", "the cluster"), options, err);
}

static int resolve_parts(struct kube_access *access, const struct kubeconfig_files *files,
                         struct kubeconfig_entry context, const struct kubeconfig_options *options,
                         struct error **err)
{
    struct choice cluster = {.section = KUBECONFIG_CLUSTERS}, user = {.section = KUBECONFIG_USERS};
    cleanup_value struct kubeconfig_value name_space = {0};
    int result = kubeconfig_value_read(context, "namespace", NULL, &name_space, err);
    access->name_space = xstrdup(name_space.text);
    if (result == 0)
        result = resolve_cluster(access, files, context, options, &cluster, err);
    if (result == 0)
        result = resolve_user(access, files, context, options, &cluster, &user, err);
    kubeconfig_value_release(&cluster.name);
    kubeconfig_value_release(&user.name);
    return result;
}

static struct kube_access *resolve(const struct kubeconfig_files *files,
                                   const struct kubeconfig_options *options, struct error **err)
{
    const char *name = NULL;
    if (choose_context(files, options, &name, err) < 0)
        return NULL;
    cleanup_free char *what = call("context", name);
    const struct yaml_node *node = name ? kubeconfig_files_find(files, KUBECONFIG_CONTEXTS, name) : NULL;
    cleanup_access struct kube_access *access = xcalloc(1, sizeof *access);
    access->context = xstrdup(name);
    access->request_timeout_ms = options->request_timeout_ms;
    if (resolve_parts(access, files, entry_of(node, "context", what), options, err) < 0)
        return NULL;
    return steal(&access);
}

/* As kubectl has it: the pod's own account, where nothing names another cluster. */
static bool in_cluster_counts(const struct kubeconfig_files *files, const struct kubeconfig_options *options)
{
    return !files->is_explicit && !given(options->context) && !given(options->cluster) &&
           !given(options->user) && !given(options->server) &&
           kubeconfig_in_cluster_possible(KUBECONFIG_SERVICE_ACCOUNT_FOLDER);
}

struct kube_access *kube_access_load(const struct kubeconfig_options *options, struct error **err)
{
    cleanup_files struct kubeconfig_files *files = kubeconfig_files_load(options->kubeconfig, err);
    if (!files)
        return NULL;
    if (!kubeconfig_files_empty(files) || (given(options->server) && !given(options->context)))
        return resolve(files, options, err);
    if (in_cluster_counts(files, options))
        return kubeconfig_in_cluster(KUBECONFIG_SERVICE_ACCOUNT_FOLDER, options, err);
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
    free(access->proxy_name);
    secret_free(access->proxy_url);
    secret_free(access->proxy_password);
    free(access->ca_pem);
    free(access->client_certificate_pem);
    free(access->token_file);
    free(access->username);
    secret_free(access->client_key_pem);
    secret_free(access->token);
    secret_free(access->password);
    plugin_free(access->plugin);
    strings_release(&access->impersonation);
    strings_release(&access->warnings);
    free(access);
}

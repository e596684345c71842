/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a run runs: its namespace, images and pods, or a pod that is there already.
 */
#include <string.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"

#define DEFAULT_NAMESPACE "gvisor-smoke"
#define DEFAULT_IMAGE "localhost/gvisor-smoke/toolbox:1"
#define POD_PATCH_MAX (1024u * 1024)

void place_arguments_init(struct place_arguments *arguments, struct run_options *run)
{
    *arguments = (struct place_arguments){0};
    run->name_space = DEFAULT_NAMESPACE;
    run->image = DEFAULT_IMAGE;
    const struct option_row rows[PLACE_OPTION_COUNT + 1] = {
        {"namespace", 'n', OPTION_TEXT, &arguments->name_space, "NAME",
         "where pods are made (" DEFAULT_NAMESPACE "); made and removed again when missing"},
        {"own-namespace", 0, OPTION_FLAG, &run->own_namespace, NULL,
         "in a namespace of this run alone: the name of -n, and the run's id"},
        {"image", 0, OPTION_TEXT, &arguments->image, "IMAGE", "the toolbox image (" DEFAULT_IMAGE ")"},
        {"pull-secret", 0, OPTION_LIST, &run->pull_secrets, "NAME",
         "secret of the namespace with which nodes pull the images (may be repeated)"},
        {"storage-class", 0, OPTION_TEXT, &run->storage_class, "NAME",
         "of the claim (the cluster's default)"},
        {"existing-claim", 0, OPTION_TEXT, &run->existing_claim, "NAME",
         "use this PersistentVolumeClaim of the namespace in place of a new one"},
        {"pod-patch", 0, OPTION_TEXT, &arguments->pod_patch_file, "FILE",
         "JSON merge patch for each pod: tolerations, labels, proxies, resources"},
        {"existing-pod", 0, OPTION_TEXT, &run->existing_pod, "NAME",
         "run in this pod ($GVISOR_COMPAT_POD) and make nothing; its namespace is the application's, or -n"},
    };
    memcpy(arguments->rows, rows, sizeof rows);
}

static int load_pod_patch(struct place_arguments *arguments, struct error **err)
{
    const char *file = arguments->pod_patch_file;
    size_t length = 0;
    cleanup_free char *text = text_read_file(file, POD_PATCH_MAX, &length, err);
    if (text)
        arguments->pod_patch = pod_patch_parse(text, length, err);
    if (arguments->pod_patch)
        return 0;
    cleanup_free char *what = text ? xasprintf("--pod-patch \"%s\"", file) : xstrdup("--pod-patch");
    error_wrap(err, "%s", what);
    (*err)->kind = ERROR_USAGE;
    return -1;
}

/* What must be in the namespace beforehand cannot be in one that the run makes. */
static int check_own_namespace(const struct run_options *run, struct error **err)
{
    if (!run->own_namespace || (!run->existing_claim && run->pull_secrets.count == 0))
        return 0;
    error_set(err, ERROR_USAGE, "--own-namespace makes a new namespace, which does not hold what %s names",
              run->existing_claim ? "--existing-claim" : "--pull-secret");
    error_hint(err, "name the namespace that does with -n");
    return -1;
}

/* An option that says how pods or other objects are made, or NULL. */
static const char *option_of_making(const struct place_arguments *arguments, const struct run_options *run)
{
    const struct {
        bool given;
        const char *option;
    } options[] = {
        {run->own_namespace, "--own-namespace"},
        {arguments->image != NULL, "--image"},
        {run->pull_secrets.count > 0, "--pull-secret"},
        {run->storage_class != NULL, "--storage-class"},
        {run->existing_claim != NULL, "--existing-claim"},
        {arguments->pod_patch_file != NULL, "--pod-patch"},
        {run->nodes != NULL, "--node"},
        {run->keep, "--keep"},
        {run->repeat > 0, "--repeat"},
        {run->control == CONTROL_ALL, "--control all"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given)
            return options[i].option;
    return NULL;
}

/* Its namespace is the application's, as the original's was. Without a fixture the page to fetch is the one
 * outside. */
static int use_existing_pod(const struct place_arguments *arguments, struct run_options *run,
                            struct error **err)
{
    const char *option = option_of_making(arguments, run);
    if (option) {
        error_set(err, ERROR_USAGE, "%s is of no use in the existing pod \"%s\": nothing is made for it",
                  option, run->existing_pod);
        error_hint(err, "leave it out; or leave out --existing-pod and GVISOR_COMPAT_POD");
        return -1;
    }
    run->name_space = arguments->name_space ? arguments->name_space : run->app_namespace;
    run->fixture = false;
    run->control = CONTROL_NONE;
    if (!run->https_url)
        run->https_url = run->egress_url;
    return 0;
}

int place_arguments_finish(struct place_arguments *arguments, struct run_options *run, struct error **err)
{
    const char *compat_pod = getenv("GVISOR_COMPAT_POD");
    if (!run->existing_pod && compat_pod && *compat_pod)
        run->existing_pod = compat_pod;
    if (run->existing_pod)
        return use_existing_pod(arguments, run, err);
    if (arguments->name_space)
        run->name_space = arguments->name_space;
    if (arguments->image)
        run->image = arguments->image;
    if (check_own_namespace(run, err) < 0 ||
        (arguments->pod_patch_file && load_pod_patch(arguments, err) < 0))
        return -1;
    run->pod_patch = arguments->pod_patch;
    return 0;
}

void place_arguments_release(struct place_arguments *arguments, struct run_options *run)
{
    strings_release(&run->pull_secrets);
    pod_patch_free(arguments->pod_patch);
}

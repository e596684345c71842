/* SPDX-License-Identifier: Apache-2.0
 *
 * The first events of a run.
 */
#include "planned.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/resume.h"
#include "gvisor-smoke/version.h"

#define SETTINGS_MAX 65536

static void digest_of(const char *bytes, size_t length, char digest[PLANNED_DIGEST_SIZE])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    if (EVP_Digest(bytes, length, hash, NULL, EVP_sha256(), NULL) != 1)
        abort(); /* out of memory is all that it can report */
    for (size_t i = 0; i < (PLANNED_DIGEST_SIZE - 1) / 2; i++)
        snprintf(digest + 2 * i, 3, "%02x", hash[i]);
}

static void add_setting(struct buf *settings, const char *name, const char *value)
{
    if (value)
        buf_printf(settings, "%s%s=%s", settings->length ? "; " : "", name, value);
}

/* What a verdict rests on beside the case. Not among it are URLs, which may hold a password. */
static char *settings_of(const struct run_options *options)
{
    static const char *const controls[] = {
        [CONTROL_NEEDED] = "needed", [CONTROL_ALL] = "all", [CONTROL_NONE] = "none"};
    cleanup_buf struct buf settings;
    cleanup_free char *repeat = options->repeat ? xasprintf("%u", options->repeat) : NULL;
    buf_init(&settings, SETTINGS_MAX);
    add_setting(&settings, "control", controls[options->control]);
    add_setting(&settings, "fixture", options->fixture ? "pod" : "none");
    add_setting(&settings, "repeat", repeat);
    add_setting(&settings, "existing-pod", options->existing_pod);
    add_setting(&settings, "existing-claim", options->existing_claim);
    add_setting(&settings, "storage-class", options->storage_class);
    if (options->ca_pem) { /* not where it is, but what it is */
        char digest[PLANNED_DIGEST_SIZE];
        digest_of(options->ca_pem, strlen(options->ca_pem), digest);
        cleanup_free char *authorities = xasprintf("sha256:%s", digest);
        add_setting(&settings, "ca-file", authorities);
    }
    return buf_steal(&settings);
}

static char *resumes_of(const struct run_options *options)
{
    if (!options->resume)
        return NULL;
    cleanup_strings struct strings runs = resume_runs(options->resume);
    return strings_join(&runs, " ");
}

void planned_run_make(struct planned_run *planned, const char *id, const struct kube_access *access,
                      const struct run_options *options)
{
    *planned = (struct planned_run){.settings = settings_of(options), .resumes = resumes_of(options)};
    gethostname(planned->hostname, sizeof planned->hostname - 1);
    planned->event = (struct event){
        .kind = EVENT_RUN,
        .run = {.id = id,
                .version = version_number,
                .server = access ? access->server : "",
                .context = access && access->context ? access->context : "",
                .name_space = options->name_space,
                .runtime_class = options->runtime_class,
                .handler = options->handler,
                .image = options->existing_pod ? NULL : options->image,
                .hostname = planned->hostname,
                .nodes = options->nodes,
                .settings = planned->settings,
                .resumes = planned->resumes},
    };
}

void planned_run_release(struct planned_run *planned)
{
    free(planned->settings);
    free(planned->resumes);
}

void planned_case_make(struct planned_case *planned, const struct test_case *test_case)
{
    *planned = (struct planned_case){
        .event = {.kind = EVENT_CASE,
                  .planned = {.name = test_case->name,
                              .report_class = test_case->report_class,
                              .report_name = test_case->report_name,
                              .report_param = test_case->report_param,
                              .summary = test_case->summary,
                              .expect = test_case->expect,
                              .timeout_ms = test_case->timeout_ms,
                              .after = test_case->after}},
    };
    if (test_case->kind != CASE_SCRIPT)
        return;
    digest_of(test_case->script, test_case->script_length, planned->digest);
    planned->event.planned.digest = planned->digest;
}

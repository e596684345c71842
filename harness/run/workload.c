/* SPDX-License-Identifier: Apache-2.0
 *
 * The manifest of a Job or CronJob that makes a run. A run that fails is an outcome, so it is not tried
 * again; what it has started it removes itself, for which its pod is given time.
 */
#include "gvisor-smoke/workload.h"

#include <json-c/json.h>

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/cleanup.h"

#define MANIFEST_MAX (256u * 1024)
#define GRACE_SECONDS 90   /* to delete the pods of the run, and to leave the report */
#define MARGIN_SECONDS 300 /* beyond the run's own --timeout, when something hangs */
#define HISTORY 3          /* Jobs of a CronJob that are kept for their logs */

/* Of a Job's pod, as lines that stand below "spec:" of its template. */
static const char pod_head[] = "restartPolicy: Never\n"
                               "terminationGracePeriodSeconds: %d\n"
                               "serviceAccountName: %s\n"
                               "%s" /* imagePullSecrets */
                               "securityContext:\n"
                               "  runAsNonRoot: true\n"
                               "  runAsUser: 65532\n"
                               "  runAsGroup: 65532\n"
                               "  fsGroup: 65532\n"
                               "  seccompProfile: {type: RuntimeDefault}\n"
                               "containers:\n"
                               "  - name: gvisor-smoke\n"
                               "    image: %s\n"
                               "    command: [gvisor-smoke]\n"
                               "    args: %s\n"
                               "    env:\n"
                               "      - name: " WORKLOAD_OWNER_POD "\n"
                               "        valueFrom: {fieldRef: {fieldPath: metadata.name}}\n"
                               "      - name: " WORKLOAD_OWNER_UID "\n"
                               "        valueFrom: {fieldRef: {fieldPath: metadata.uid}}\n";
static const char pod_tail[] =
    "    securityContext:\n"
    "      allowPrivilegeEscalation: false\n"
    "      readOnlyRootFilesystem: true\n"
    "      capabilities: {drop: [ALL]}\n"
    "    resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 512Mi}}\n"
    "    volumeMounts: [{name: reports, mountPath: " WORKLOAD_REPORTS "}]\n"
    "volumes: [{name: reports, emptyDir: {}}]\n";

/* A JSON string, which is one in YAML too. */
static char *quoted(const char *text)
{
    struct json_object *value = json_object_new_string(text);
    char *copy = xstrdup(json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(value);
    return copy;
}

/* ["a", "b"], or with a key [{key: "a"}, {key: "b"}]. */
static char *quoted_list(const struct strings *strings, const char *key)
{
    cleanup_strings struct strings items = {0};
    for (size_t i = 0; i < strings->count; i++) {
        cleanup_free char *text = quoted(strings->items[i]);
        cleanup_free char *item = key ? xasprintf("{%s: %s}", key, text) : xstrdup(text);
        strings_add(&items, item);
    }
    cleanup_free char *joined = strings_join(&items, ", ");
    return xasprintf("[%s]", joined);
}

static void print_indented(struct buf *yaml, const char *text, int columns)
{
    cleanup_strings struct strings lines = strings_split(text, "\n");
    for (size_t i = 0; i < lines.count; i++)
        buf_printf(yaml, "%*s%s\n", columns, "", lines.items[i]);
}

static char *pod_spec(const struct workload *workload)
{
    cleanup_free char *account = quoted(workload->service_account);
    cleanup_free char *image = quoted(workload->image);
    cleanup_free char *arguments = quoted_list(&workload->arguments, NULL);
    const struct strings *secrets = &workload->run->pull_secrets;
    cleanup_free char *secret_list = quoted_list(secrets, "name");
    cleanup_free char *pull = secrets->count ? xasprintf("imagePullSecrets: %s\n", secret_list) : xstrdup("");
    cleanup_free char *head = xasprintf(pod_head, GRACE_SECONDS, account, pull, image, arguments);
    return xasprintf("%s%s", head, pod_tail);
}

/* What stands below "spec:" of a Job. */
static char *job_spec(const struct workload *workload)
{
    cleanup_buf struct buf yaml;
    buf_init(&yaml, MANIFEST_MAX);
    buf_printf(&yaml,
               "backoffLimit: 0\n"
               "activeDeadlineSeconds: %lld\n"
               "template:\n"
               "  metadata: {labels: {app.kubernetes.io/name: gvisor-smoke}}\n"
               "  spec:\n",
               (long long)workload->run->timeout_ms / 1000 + MARGIN_SECONDS);
    cleanup_free char *pod = pod_spec(workload);
    print_indented(&yaml, pod, 4);
    return buf_steal(&yaml);
}

char *workload_manifest(const struct workload *workload)
{
    cleanup_buf struct buf yaml;
    buf_init(&yaml, MANIFEST_MAX);
    cleanup_free char *name = quoted(workload->name);
    cleanup_free char *name_space = quoted(workload->name_space);
    cleanup_free char *job = job_spec(workload);
    buf_printf(&yaml,
               "---\napiVersion: batch/v1\nkind: %s\nmetadata: {name: %s, namespace: %s, labels: "
               "{app.kubernetes.io/name: gvisor-smoke}}\nspec:\n",
               workload->schedule ? "CronJob" : "Job", name, name_space);
    if (!workload->schedule) {
        print_indented(&yaml, job, 2);
        return buf_steal(&yaml);
    }
    cleanup_free char *schedule = quoted(workload->schedule);
    buf_printf(&yaml,
               "  schedule: %s\n"
               "  concurrencyPolicy: Forbid\n"
               "  successfulJobsHistoryLimit: %d\n"
               "  failedJobsHistoryLimit: %d\n"
               "  jobTemplate:\n"
               "    spec:\n",
               schedule, HISTORY, HISTORY);
    print_indented(&yaml, job, 6);
    return buf_steal(&yaml);
}

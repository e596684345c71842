/* SPDX-License-Identifier: Apache-2.0
 *
 * Which grants a pod has that somebody else made.
 */
#include "unit.h"

#include "run/run_private.h"

#define POD(container) "{\"spec\":{\"containers\":[{\"name\":\"sidecar\"},{\"name\":\"main\"" container "}]}}"
#define CONTEXT(context) ",\"securityContext\":{" context "}"
#define CAPABILITIES(sets) CONTEXT("\"capabilities\":{" sets "}")
#define MOUNTS(mounts) ",\"volumeMounts\":[" mounts "]"

static const struct {
    const char *pod;
    int64_t uid;
    const char *grants, *lacking;
} rows[] = {
    /* A bare pod has the runtimes' default capabilities, if its user is root. */
    {POD(""), 0, "NET_RAW SETGID SETUID", ""},
    {POD(""), 65532, "NET_RAW SETGID SETUID", "root"},
    {POD(""), -1, "root", "root"},
    {POD(""), 0, "PERFMON", "PERFMON"},
    {POD(""), 0, "privileged", "privileged"},
    {POD(""), 65532, "", ""},
    {POD(CAPABILITIES("\"drop\":[\"ALL\"]")), 0, "NET_RAW SETGID", "NET_RAW SETGID"},
    {POD(CAPABILITIES("\"drop\":[\"ALL\"],\"add\":[\"NET_RAW\"]")), 0, "NET_RAW SETGID", "SETGID"},
    {POD(CAPABILITIES("\"drop\":[\"NET_RAW\"]")), 0, "NET_RAW SETGID", "NET_RAW"},
    {POD(CAPABILITIES("\"add\":[\"ALL\"]")), 0, "PERFMON SYS_ADMIN", ""},
    {POD(CAPABILITIES("\"drop\":[\"ALL\"]")), 65532, "NET_RAW", "NET_RAW root"},
    {POD(CONTEXT("\"privileged\":true")), 0, "privileged PERFMON device:/dev/kvm", ""},
    {POD(CONTEXT("\"privileged\":\"yes\"")), 0, "device:/dev/kvm",
     ""}, /* json-c takes it for true; the API refuses it */
    /* Volumes by where they are mounted. */
    {POD(""), 0, "volume", "volume"},
    {POD(MOUNTS("{\"name\":\"w\",\"mountPath\":\"/workspaces\"}")), 65532, "volume", ""},
    {POD(MOUNTS("{\"name\":\"w\",\"mountPath\":\"/workspaces\",\"readOnly\":true}")), 0, "volume", "volume"},
    {POD(MOUNTS("{\"name\":\"w\",\"mountPath\":\"/workspaces/deep\"}")), 0, "volume", "volume"},
    {POD(MOUNTS("{\"name\":\"k\",\"mountPath\":\"/dev/kvm\"}")), 0, "device:/dev/kvm device:/dev/fuse",
     "device:/dev/fuse"},
    {POD(MOUNTS("{\"name\":\"r\",\"mountPath\":\"/run\"}")), 0, "tmpfs:/run tmpfs:/var/lib/docker",
     "tmpfs:/var/lib/docker"},
    /* What is not there, or not a pod, gives nothing. */
    {"{}", 0, "volume privileged", "volume privileged"},
    {"{\"spec\":{\"containers\":{}}}", 0, "volume", "volume"},
    {"{\"spec\":{\"containers\":[3,{\"name\":\"main\",\"volumeMounts\":[3,{\"mountPath\":5}]}]}}", 0,
     "volume", "volume"},
};

static void every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_strings struct strings grants = strings_split(rows[i].grants, " ");
        cleanup_strings struct strings lacking = existing_lacks(rows[i].pod, "main", rows[i].uid, &grants);
        cleanup_free char *seen = strings_join(&lacking, " ");
        if (strcmp(seen, rows[i].lacking) != 0)
            fail_msg("row %zu: \"%s\", expected \"%s\"", i, seen, rows[i].lacking);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

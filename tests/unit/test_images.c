/* SPDX-License-Identifier: Apache-2.0
 *
 * The images of a run.
 */
#include "unit.h"

#include "gvisor-smoke/images.h"
#include "gvisor-smoke/pod_patch.h"

static struct test_case toolbox = {.kind = CASE_SCRIPT, .name = (char *)"a", .image = (char *)"toolbox"};
static struct test_case other = {.kind = CASE_SCRIPT, .name = (char *)"b", .image = (char *)"redis:7"};
static struct test_case check = {.kind = CASE_RUNTIME_CLASS, .name = (char *)"c"};
static struct test_case fetches = {.kind = CASE_SCRIPT, .name = (char *)"d", .image = (char *)"redis:7"};

static void each_image_is_named_once_with_its_users(void **state)
{
    (void)state;
    strings_add(&fetches.uses, "fixture");
    struct test_case *items[] = {&check, &other, &toolbox, &fetches};
    const struct case_set cases = {.cases = items, .count = COUNT(items)};
    struct run_options options = {.image = "registry/toolbox:1", .fixture = true};
    struct image_uses uses = images_of_run(&options, &cases);
    cleanup_free char *json = image_uses_json(&uses);
    assert_string_equal(json, "{\"images\":[{\"image\":\"redis:7\",\"used_by\":[\"b\",\"d\"]},"
                              "{\"image\":\"registry/toolbox:1\",\"used_by\":[\"a\",\"fixture\"]}]}");
    image_uses_release(&uses);

    options.fixture = false;
    const char *text = "{\"spec\":{\"initContainers\":[{\"name\":\"i\",\"image\":\"init:1\"}],"
                       "\"containers\":[{\"name\":\"p\",\"image\":\"redis:7\"},{\"tty\":true}]}}";
    cleanup_error struct error *err = NULL;
    struct pod_patch *patch = pod_patch_parse(text, strlen(text), &err);
    assert_non_null(patch);
    options.pod_patch = patch;
    uses = images_of_run(&options, &cases);
    cleanup_free char *patched = image_uses_json(&uses);
    assert_string_equal(patched,
                        "{\"images\":[{\"image\":\"redis:7\",\"used_by\":[\"b\",\"d\",\"--pod-patch\"]},"
                        "{\"image\":\"registry/toolbox:1\",\"used_by\":[\"a\"]},"
                        "{\"image\":\"init:1\",\"used_by\":[\"--pod-patch\"]}]}");
    image_uses_release(&uses);
    pod_patch_free(patch);
    strings_release(&fetches.uses);
}

static void where_no_pod_is_made_no_image_is_needed(void **state)
{
    (void)state;
    struct test_case *items[] = {&toolbox};
    const struct case_set cases = {.cases = items, .count = 1}, checks = {0};
    const struct run_options existing = {.image = "i", .existing_pod = "p"},
                             made = {.image = "i", .fixture = true};
    assert_int_equal(images_of_run(&existing, &cases).count, 0);
    assert_int_equal(images_of_run(&made, &checks).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_image_is_named_once_with_its_users),
        cmocka_unit_test(where_no_pod_is_made_no_image_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

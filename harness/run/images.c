/* SPDX-License-Identifier: Apache-2.0
 *
 * The images of a run.
 */
#include "gvisor-smoke/images.h"

#include <string.h>

#include <json-c/json.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/pod_patch.h"

static void add_use(struct image_uses *uses, const char *image, const char *user)
{
    struct image_use *use = NULL;
    for (size_t i = 0; i < uses->count && !use; i++)
        if (strcmp(uses->items[i].image, image) == 0)
            use = &uses->items[i];
    if (!use) {
        uses->items = xrealloc(uses->items, uses->count + 1, sizeof *uses->items);
        use = &uses->items[uses->count++];
        *use = (struct image_use){.image = xstrdup(image)};
    }
    strings_add(&use->users, user);
}

struct image_uses images_of_run(const struct run_options *options, const struct case_set *cases)
{
    struct image_uses uses = {0};
    bool fixture = false;
    for (size_t i = 0; i < cases->count && !options->existing_pod; i++) {
        const struct test_case *test_case = cases->cases[i];
        if (test_case->kind != CASE_SCRIPT)
            continue;
        add_use(&uses, test_case_image(test_case, options->image), test_case->name);
        fixture = fixture || strings_contain(&test_case->uses, "fixture");
    }
    if (fixture && options->fixture)
        add_use(&uses, options->image, "fixture");
    cleanup_strings struct strings added = {0};
    if (uses.count && options->pod_patch)
        pod_patch_images(options->pod_patch, &added);
    for (size_t i = 0; i < added.count; i++)
        add_use(&uses, added.items[i], "--pod-patch");
    return uses;
}

char *image_uses_json(const struct image_uses *uses)
{
    struct json_object *object = json_object_new_object(), *images = json_object_new_array();
    for (size_t i = 0; i < uses->count; i++) {
        struct json_object *image = json_object_new_object(), *users = json_object_new_array();
        for (size_t k = 0; k < uses->items[i].users.count; k++)
            json_object_array_add(users, json_object_new_string(uses->items[i].users.items[k]));
        json_object_object_add(image, "image", json_object_new_string(uses->items[i].image));
        json_object_object_add(image, "used_by", users);
        json_object_array_add(images, image);
    }
    json_object_object_add(object, "images", images);
    char *text = xstrdup(
        json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
    return text;
}

void image_uses_release(struct image_uses *uses)
{
    for (size_t i = 0; i < uses->count; i++) {
        free(uses->items[i].image);
        strings_release(&uses->items[i].users);
    }
    free(uses->items);
    *uses = (struct image_uses){0};
}

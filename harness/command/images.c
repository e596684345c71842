/* SPDX-License-Identifier: Apache-2.0
 *
 * gvisor-smoke images: what has to be where nodes can pull it, without a cluster.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/images.h"

struct images_arguments {
    struct run_options run;
    struct place_arguments place;
    struct strings case_folders, patterns;
    const char *fixture, *output;
};

static int parse(int argc, char **argv, struct images_arguments *arguments, struct error **err)
{
    const struct option_row rows[] = {
        {"", 0, OPTION_TABLE, arguments->place.rows, NULL, NULL},
        {"cases", 0, OPTION_LIST, &arguments->case_folders, "DIR",
         "add the cases of a folder (may be repeated)"},
        {"fixture", 0, OPTION_TEXT, &arguments->fixture, "pod|none", "whether the run has a fixture (pod)"},
        {"output", 'o', OPTION_TEXT, &arguments->output, "text|json",
         "one name on each line (text), or with what each is for"},
        {0},
    };
    if (options_parse(argc, argv, rows, "gvisor-smoke images [OPTIONS] [CASE|PATTERN ...]",
                      &arguments->patterns, err) < 0 ||
        command_parse_fixture(arguments->fixture, &arguments->run.fixture, err) < 0 ||
        place_arguments_finish(&arguments->place, &arguments->run, err) < 0)
        return -1;
    if (strcmp(arguments->output, "text") == 0 || strcmp(arguments->output, "json") == 0)
        return 0;
    error_set(err, ERROR_USAGE, "--output is text or json, not \"%s\"", arguments->output);
    return -1;
}

static int print_images(const struct images_arguments *arguments, struct error **err)
{
    struct case_set cases = {0};
    if (command_load_cases(&cases, &arguments->case_folders, &arguments->patterns, err) < 0)
        return -1;
    if (!command_names_cases(&arguments->patterns))
        case_set_drop_overhead(&cases);
    struct image_uses uses = images_of_run(&arguments->run, &cases);
    if (strcmp(arguments->output, "json") == 0) {
        cleanup_free char *json = image_uses_json(&uses);
        puts(json);
    } else {
        for (size_t i = 0; i < uses.count; i++)
            puts(uses.items[i].image);
    }
    image_uses_release(&uses);
    case_set_release(&cases);
    return 0;
}

int command_images(int argc, char **argv)
{
    struct images_arguments arguments = {.fixture = "pod", .output = "text"};
    struct error *err = NULL;
    place_arguments_init(&arguments.place, &arguments.run);
    int exit_code = 0;
    if (parse(argc, argv, &arguments, &err) < 0 || print_images(&arguments, &err) < 0)
        exit_code = command_fail(err);
    strings_release(&arguments.case_folders);
    strings_release(&arguments.patterns);
    place_arguments_release(&arguments.place, &arguments.run);
    return exit_code;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the doctor says: lines for a person as they come, or one JSON object for a program.
 */
#include <json-c/json.h>

#include "doctor.h"
#include "gvisor-smoke/cleanup.h"

#define SCHEMA "gvisor-smoke.doctor/1"
#define NAME_WIDTH 13 /* "runtime-class" */

static const struct {
    const char *word, *colour;
} looks[] = {
    [STATE_OPEN] = {"", ""},
    [STATE_OK] = {"ok", "\033[32m"},
    [STATE_WARNING] = {"warn", "\033[33m"},
    [STATE_FAILED] = {"FAIL", "\033[1;31m"},
    [STATE_NOT_CHECKED] = {"skip", "\033[2m"},
};

static void show_line(const struct doctor *doctor, size_t check)
{
    const struct check_line *line = &doctor->lines[check];
    FILE *out = doctor->options.out;
    if (doctor->options.quiet && line->state == STATE_OK)
        return;
    const char *colour = doctor->options.colour ? looks[line->state].colour : "";
    const char *plain = doctor->options.colour ? "\033[0m" : "";
    cleanup_free char *message = text_one_line(line->message);
    fprintf(out, "%s%-4s%s  %-*s  %s\n", colour, looks[line->state].word, plain, NAME_WIDTH,
            check_name((enum check)check), message);
    if (!line->hint)
        return;
    cleanup_free char *hint = text_one_line(line->hint);
    fprintf(out, "      hint: %s\n", hint);
}

void doctor_show(struct doctor *doctor)
{
    while (!doctor->options.json && doctor->shown < CHECK_COUNT &&
           doctor->lines[doctor->shown].state != STATE_OPEN)
        show_line(doctor, doctor->shown++);
    fflush(doctor->options.out);
}

/* What is not known is left out. */
static void add_text(struct json_object *json, const char *key, const char *text_or_null)
{
    if (text_or_null && *text_or_null)
        json_object_object_add(json, key, json_object_new_string(text_or_null));
}

static struct json_object *checks_json(const struct doctor *doctor)
{
    struct json_object *checks = json_object_new_array();
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        struct json_object *check = json_object_new_object();
        const struct check_line *line = &doctor->lines[i];
        add_text(check, "name", check_name((enum check)i));
        add_text(check, "state", check_state_name(line->state));
        json_object_object_add(check, "message", json_object_new_string(line->message));
        add_text(check, "hint", line->hint);
        json_object_array_add(checks, check);
    }
    return checks;
}

void doctor_write_json(const struct doctor *doctor)
{
    const struct report_model *model = doctor->model;
    struct json_object *json = json_object_new_object();
    add_text(json, "schema", SCHEMA);
    add_text(json, "version", model->run.version);
    add_text(json, "server", model->run.server);
    add_text(json, "context", model->run.context);
    add_text(json, "namespace", model->run.name_space);
    add_text(json, "runtime_class", model->run.runtime_class);
    add_text(json, "handler", model->run.handler);
    add_text(json, "image", model->run.image);
    add_text(json, "kubernetes", model->cluster.version);
    json_object_object_add(json, "checks", checks_json(doctor));
    json_object_object_add(json, "exit_code", json_object_new_int(doctor_exit_code(doctor)));
    fprintf(doctor->options.out, "%s\n",
            json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                     JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(json);
    fflush(doctor->options.out);
}

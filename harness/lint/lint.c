/* SPDX-License-Identifier: Apache-2.0
 *
 * Goes through the documents of a file, and keeps what is found in the report.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "lint_private.h"

#define SOURCE_MAX 300 /* bytes of the name of a template */

static const struct yaml_limits limits = {
    .noun = "manifest", .nodes = 1000000, .expanded_nodes = 2000000, .anchors = 1000, .depth = 200};

/* --- the report --- */

bool lint_is_full(const struct lint *lint)
{
    return lint->report->cut != NULL;
}

static size_t add_subject(struct lint *lint, size_t line, const char *pod_spec)
{
    struct lint_report *report = lint->report;
    const struct lint_object *object = &lint->object;
    const char *space = object->name_space ? object->name_space : "", *slash = object->name_space ? "/" : "";
    struct lint_subject subject = {.file = report->file_count - 1, .line = line};
    if (object->kind) {
        subject.object = xasprintf("%s %s%s%s", object->kind, space, slash, object->name);
        subject.id = xasprintf("%s/%s%s%s", object->kind, space, slash, object->name);
    } else {
        subject.object = xasprintf("document %zu", lint->document);
        subject.id = xstrdup(subject.object);
    }
    subject.pod_spec = xstrdup(pod_spec);
    subject.source = xstrdup(lint->source);
    report->subjects = xgrow(report->subjects, report->subject_count, sizeof *report->subjects);
    report->subjects[report->subject_count] = subject;
    return report->subject_count++;
}

void lint_begin_pod_spec(struct lint *lint, const struct yaml_node *spec, const char *path)
{
    lint->pod_spec = add_subject(lint, spec->line, path);
    lint->report->pod_specs++;
}

void lint_end_pod_spec(struct lint *lint)
{
    struct lint_report *report = lint->report;
    report->subjects[lint->pod_spec].unfinished = lint_is_full(lint);
    if (report->pod_specs == LINT_POD_SPEC_MAX)
        report->cut = "there are too many pod specs";
}

static void add_finding(struct lint *lint, size_t number, struct lint_finding finding)
{
    struct lint_report *report = lint->report;
    struct lint_subject *subject = &report->subjects[number];
    finding.accepted = lint_options_accept(lint->options, finding.rule, &lint->object);
    if (finding.accepted)
        subject->accepted_count++;
    else if (subject->pod_spec && subject->finding_count == subject->accepted_count)
        report->pod_specs_wanting++;
    *(finding.accepted ? &report->accepted : &report->found) += 1;
    if (report->found + report->accepted == LINT_FINDING_MAX)
        report->cut = "there are too many findings";
    subject->findings = xrealloc(subject->findings, subject->finding_count + 1, sizeof *subject->findings);
    subject->findings[subject->finding_count++] = finding;
}

void lint_found(struct lint *lint, enum lint_rule rule, size_t line, char *message, char *fix)
{
    add_finding(lint, lint->pod_spec,
                (struct lint_finding){.rule = rule, .line = line, .message = message, .fix = fix});
}

void lint_found_in_document(struct lint *lint, size_t line, char *message, char *fix)
{
    if (lint->own == LINT_NO_SUBJECT)
        lint->own = add_subject(lint, line, NULL);
    add_finding(lint, lint->own,
                (struct lint_finding){.rule = LINT_MANIFEST, .line = line, .message = message, .fix = fix});
}

static void add_file(struct lint_report *report, const char *path, const char *problem)
{
    report->files = xrealloc(report->files, report->file_count + 1, sizeof *report->files);
    report->files[report->file_count++] =
        (struct lint_file){.path = text_one_line(path), .problem = problem ? text_one_line(problem) : NULL};
}

void lint_unreadable(struct lint_report *report, const char *path, const char *problem)
{
    add_file(report, path, problem);
}

void lint_report_release(struct lint_report *report)
{
    for (size_t i = 0; i < report->file_count; i++) {
        free(report->files[i].path);
        free(report->files[i].problem);
    }
    for (size_t i = 0; i < report->subject_count; i++) {
        struct lint_subject *subject = &report->subjects[i];
        for (size_t k = 0; k < subject->finding_count; k++) {
            free(subject->findings[k].message);
            free(subject->findings[k].fix);
        }
        free(subject->findings);
        free(subject->object);
        free(subject->id);
        free(subject->pod_spec);
        free(subject->source);
    }
    free(report->subjects);
    free(report->files);
    *report = (struct lint_report){0};
}

/* --- documents --- */

/* The lines from one "---" to the next. Each is read for itself, so what cannot be read hides no other. */
struct chunk {
    const char *bytes;
    size_t length;
    size_t line; /* of its first one */
    bool has_content, has_directive;
    char *source; /* of Helm's comment "# Source: "; owned */
};

static bool is_separator(const char *line, size_t length)
{
    return length >= 3 && memcmp(line, "---", 3) == 0 && (length == 3 || strchr(" \t\r", line[3]));
}

static bool is_blank_or_comment(const char *line, size_t length)
{
    size_t at = 0;
    while (at < length && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r'))
        at++;
    return at == length || line[at] == '#';
}

static void look_at_comment(struct chunk *chunk, const char *line, size_t length)
{
    static const char mark[] = "# Source: ";
    size_t skipped = sizeof mark - 1;
    if (chunk->source || length <= skipped || memcmp(line, mark, skipped) != 0)
        return;
    size_t kept = length - skipped < SOURCE_MAX ? length - skipped : SOURCE_MAX;
    cleanup_free char *text = text_from_bytes(line + skipped, kept);
    chunk->source = text_one_line(text);
}

static void look_at_line(struct chunk *chunk, const char *line, size_t length)
{
    if (is_separator(line, length)) {
        line += 3;
        length -= 3;
    } else if (length && line[0] == '%' && !chunk->has_content) {
        chunk->has_directive = true;
        return;
    }
    if (is_blank_or_comment(line, length))
        look_at_comment(chunk, line, length);
    else
        chunk->has_content = true;
}

/* Takes the next chunk off the text. A separator ends it, unless there is nothing but a directive in front,
 * which belongs to what follows. */
static bool next_chunk(const char **text, size_t *left, size_t *line, struct chunk *ret_chunk)
{
    struct chunk chunk = {.bytes = *text, .line = *line};
    if (*left == 0)
        return false;
    while (*left > 0) {
        const char *end = memchr(*text, '\n', *left);
        size_t length = end ? (size_t)(end - *text) : *left, whole = end ? length + 1 : length;
        if (chunk.length && is_separator(*text, length) && (chunk.has_content || !chunk.has_directive))
            break;
        look_at_line(&chunk, *text, length);
        chunk.length += whole;
        *text += whole;
        *left -= whole;
        *line += 1;
    }
    *ret_chunk = chunk;
    return true;
}

/* What the error says behind the name of the file; the place in a text that has no lines is that in the
 * chunk, and left out. */
static char *problem_text(const struct error *err, const struct chunk *chunk)
{
    const char *colon = strstr(err->message, ": ");
    const char *text = colon ? colon + 2 : err->message;
    const char *byte = strstr(text, " at byte ");
    cleanup_free char *kept = byte ? xstrndup(text, (size_t)(byte - text)) : xstrdup(text);
    return xasprintf("the document cannot be read: %s%s", kept,
                     memmem(chunk->bytes, chunk->length, "{{", 2)
                         ? " (it looks like a template: the output of `helm template` is wanted)"
                         : "");
}

static void read_documents(struct lint *lint, const struct chunk *chunk)
{
    struct yaml_reader *reader = yaml_reader_new_at("", chunk->line, chunk->bytes, chunk->length, &limits);
    cleanup_error struct error *err = NULL;
    struct yaml_tree *tree;
    while (!lint_is_full(lint) && yaml_reader_next(reader, &tree, &err) == 0 && tree) {
        if (tree->root && tree->root->kind != YAML_NULL) {
            lint->document++;
            if (++lint->report->documents == LINT_DOCUMENT_MAX)
                lint->report->cut = "there are too many documents";
            lint_document(lint, tree);
        }
        yaml_tree_free(tree);
    }
    if (err) {
        lint->document++;
        lint->report->documents++;
        lint->own = LINT_NO_SUBJECT;
        lint_found_in_document(lint, yaml_reader_error_line(reader), problem_text(err, chunk), NULL);
    }
    yaml_reader_free(reader);
}

void lint_text(struct lint_report *report, struct lint_options *options, const char *path, const char *bytes,
               size_t length)
{
    struct lint lint = {.report = report, .options = options};
    struct chunk chunk;
    size_t line = 1;
    add_file(report, path, NULL);
    while (!report->cut && next_chunk(&bytes, &length, &line, &chunk)) {
        lint.source = chunk.source;
        if (chunk.has_content)
            read_documents(&lint, &chunk);
        free(chunk.source);
    }
}

/* --- what it comes to --- */

static char *problem_of_files(const struct lint_report *report)
{
    size_t unreadable = 0;
    const char *first = NULL;
    for (size_t i = 0; i < report->file_count; i++) {
        if (!report->files[i].problem)
            continue;
        first = first ? first : report->files[i].problem;
        unreadable++;
    }
    if (unreadable > 1)
        return xasprintf("%zu files cannot be read, the first one: %s", unreadable, first);
    return xstrdup(first);
}

/* Why nothing can be said, whatever was found. */
static char *fatal_problem(const struct lint_report *report)
{
    char *problem = problem_of_files(report);
    if (problem)
        return problem;
    if (report->manifests == 0)
        return xstrdup(report->documents ? "there is no manifest" : "there is nothing in it");
    if (report->pod_specs > 0)
        return NULL;
    cleanup_free char *manifests = text_count(report->manifests, "manifest", "manifests");
    return xasprintf("there is no pod spec in %s: nothing was checked", manifests);
}

char *lint_report_problem(const struct lint_report *report)
{
    char *problem = fatal_problem(report);
    if (!problem && report->cut)
        problem = xasprintf("%s: the rest was not looked at", report->cut);
    return problem;
}

int lint_report_exit_code(const struct lint_report *report)
{
    cleanup_free char *fatal = fatal_problem(report);
    if (fatal || (report->cut && report->found == 0))
        return 2;
    return report->found ? 1 : 0;
}

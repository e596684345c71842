/* SPDX-License-Identifier: Apache-2.0
 *
 * GitHub Actions: the summary of a step, and annotations.
 *
 * The forms are those of docs.github.com/actions/reference/workflow-commands-for-github-actions; what is
 * escaped is what the runner takes back (actions/runner, src/Runner.Common/ActionCommand.cs).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "markdown.h"

#define ANNOTATIONS_MAX 10 /* GitHub shows ten errors of a step and only logs the rest */
#define NAMES_MAX 5        /* parts that the title of an annotation names */
#define MESSAGE_MAX 4000   /* bytes; the runner cuts at 4096 (_maxIssueMessageLength, ExecutionContext.cs) */

/* One write, so that what others append is not mixed with it. */
static int append(const char *path, const struct buf *text, struct error **err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    ssize_t written = fd < 0 ? -1 : write(fd, text->bytes, text->length);
    int reason = written < 0 ? errno : ENOSPC;
    if (fd >= 0)
        close(fd);
    if (written == (ssize_t)text->length)
        return 0;
    error_set(err, ERROR_ENVIRONMENT, "cannot write the step summary \"%s\": %s", path, strerror(reason));
    error_hint(err, "GITHUB_STEP_SUMMARY names it; unset it to go without");
    return -1;
}

int github_write_summary(const struct report_model *model, const char *path, struct error **err)
{
    struct stat status;
    size_t used = stat(path, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size : 0;
    cleanup_buf struct buf text;
    markdown_render(model, used < MARKDOWN_MAX ? MARKDOWN_MAX - used : 0, &text);
    return text.length ? append(path, &text, err) : 0;
}

/* The value of a property must not hold what ends it; a message may hold ":" and ",". */
static void write_escaped(FILE *out, const char *text, bool property)
{
    const char *special = property ? "%\r\n:," : "%\r\n";
    for (; *text; text++)
        if (strchr(special, *text))
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, out);
}

static void write_annotation(FILE *out, const char *title, const char *message)
{
    cleanup_free char *bounded = text_beginning(message, MESSAGE_MAX);
    fputs("::error title=", out);
    write_escaped(out, title, true);
    fputs("::", out);
    write_escaped(out, bounded, false);
    fputs("\n", out);
}

static char *title_of(const struct report_story *story)
{
    cleanup_buf struct buf title;
    buf_init(&title, MESSAGE_MAX);
    buf_printf(&title, "%s (%s): ", verdict_kind_name(story->kind), story->reason);
    for (size_t i = 0; i < story->count && i < NAMES_MAX; i++) {
        const struct report_part *part = story->parts[i];
        buf_printf(&title, "%s%s%s%s", i ? ", " : "", part->test_case->name, part->node ? " on " : "",
                   part->node ? part->node : "");
    }
    if (story->count > NAMES_MAX)
        buf_printf(&title, " and %zu more", story->count - NAMES_MAX);
    return buf_steal(&title);
}

/* What is to be annotated, counted; written as far as there is room. */
struct annotations {
    FILE *out;
    size_t written, wanted;
};

static void annotate(struct annotations *annotations, const char *title, const char *message, size_t total)
{
    annotations->wanted++;
    bool more_than_fit = total > ANNOTATIONS_MAX;
    if (annotations->written >= (more_than_fit ? ANNOTATIONS_MAX - 1 : ANNOTATIONS_MAX))
        return;
    write_annotation(annotations->out, title, message);
    annotations->written++;
}

static void annotate_all(struct annotations *annotations, const struct report_model *model,
                         const struct report_stories *stories, const struct report_problem_left *left,
                         size_t total)
{
    for (size_t i = 0; i < stories->count; i++) {
        if (stories->items[i].kind == VERDICT_SKIPPED)
            continue;
        cleanup_free char *title = title_of(&stories->items[i]);
        annotate(annotations, title, stories->items[i].message, total);
    }
    for (size_t i = 0; i < model->problem_count; i++) {
        const struct model_problem *problem = &model->problems[i];
        if (!left[i].message)
            continue;
        cleanup_free char *message = xasprintf("%s%s%s", problem->message, problem->hint ? "\nhint: " : "",
                                               problem->hint ? problem->hint : "");
        annotate(annotations, "problem", message, total);
    }
}

void github_write_annotations(const struct report_model *model, FILE *out)
{
    struct report_parts parts = report_parts_make(model);
    struct report_stories stories = report_stories_of(&parts);
    struct annotations counted = {.out = out, .written = SIZE_MAX}, annotations = {.out = out};
    cleanup_free struct report_problem_left *left = report_problems_left(model, &stories);
    annotate_all(&counted, model, &stories, left, 0);
    annotate_all(&annotations, model, &stories, left, counted.wanted);
    if (annotations.written < annotations.wanted) {
        cleanup_free char *message = xasprintf("%zu more are in the reports: GitHub shows ten",
                                               annotations.wanted - annotations.written);
        write_annotation(out, "more that is not passed", message);
    }
    report_stories_release(&stories);
    report_parts_release(&parts);
}

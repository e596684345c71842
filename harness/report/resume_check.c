/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a run may go on with a journal: the two must be of one kind, or their verdicts say nothing
 * together.
 */
#include <errno.h>
#include <string.h>

#include <sys/stat.h>

#include "gvisor-smoke/cleanup.h"
#include "resume.h"

#define SUFFIX ".jsonl"

static void hint_same(struct error **err)
{
    error_hint(err, "verdicts of the two do not go together: say the same as then, or run without --resume");
}

/* --- what is run where --- */

/* NULL is the same as nothing. */
static int compare(const struct resume *resume, const char *what, const char *then, const char *now,
                   struct error **err)
{
    then = then ? then : "";
    now = now ? now : "";
    if (strcmp(then, now) == 0)
        return 0;
    error_set(err, ERROR_USAGE, "--resume: %s is \"%s\", and was \"%s\" in the run %s", what, now, then,
              resume->model->run.id);
    hint_same(err);
    return -1;
}

/* The value in "name=value; name=value" of what a pair names, which the caller frees; NULL: it has none. */
static char *setting(const struct strings *settings, const char *pair)
{
    size_t length = strcspn(pair, "=") + 1;
    for (size_t i = 0; i < settings->count; i++)
        if (strncmp(settings->items[i], pair, length) == 0)
            return xstrdup(settings->items[i] + length);
    return NULL;
}

static int compare_settings(const struct resume *resume, const char *then, const char *now,
                            struct error **err)
{
    cleanup_strings struct strings before = strings_split(then ? then : "", "; ");
    cleanup_strings struct strings after = strings_split(now ? now : "", "; ");
    struct strings pairs = {0};
    strings_add_all(&pairs, &before);
    strings_add_all(&pairs, &after);
    int failed = 0;
    for (size_t i = 0; i < pairs.count && !failed; i++) {
        cleanup_free char *what = xasprintf("--%.*s", (int)strcspn(pairs.items[i], "="), pairs.items[i]);
        cleanup_free char *was = setting(&before, pairs.items[i]), *is = setting(&after, pairs.items[i]);
        failed = compare(resume, what, was, is, err);
    }
    strings_release(&pairs);
    return failed;
}

int resume_check_run(const struct resume *resume, const struct event *event, struct error **err)
{
    const struct report_model *model = resume->model;
    if (compare(resume, "the server", model->run.server, event->run.server, err) < 0 ||
        compare(resume, "--runtime-class", model->run.runtime_class, event->run.runtime_class, err) < 0 ||
        compare(resume, "--handler", model->run.handler, event->run.handler, err) < 0 ||
        compare(resume, "--image", model->run.image, event->run.image, err) < 0)
        return -1;
    return compare_settings(resume, model->run.settings, event->run.settings, err);
}

/* --- what is planned --- */

static const struct event *planned_as(const struct event *cases, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(cases[i].planned.name, name) == 0)
            return &cases[i];
    return NULL;
}

static int differ(const struct resume *resume, const char *what, const struct strings *names,
                  struct error **err)
{
    if (!names->count)
        return 0;
    cleanup_free char *joined = strings_join(names, ", ");
    error_set(err, ERROR_USAGE, "--resume: %s the run %s: %s", what, resume->model->run.id, joined);
    hint_same(err);
    return -1;
}

static int check_names(const struct resume *resume, const struct event *cases, size_t count,
                       struct error **err)
{
    cleanup_strings struct strings fewer = {0}, more = {0};
    for (size_t i = 0; i < resume->model->case_count; i++)
        if (!planned_as(cases, count, resume->model->cases[i].name))
            strings_add(&fewer, resume->model->cases[i].name);
    for (size_t i = 0; i < count; i++) {
        size_t at;
        if (!index_get(&resume->model->case_index, cases[i].planned.name, &at))
            strings_add(&more, cases[i].planned.name);
    }
    if (differ(resume, "these cases are not asked for, and were in", &fewer, err) < 0)
        return -1;
    return differ(resume, "these cases were not in", &more, err);
}

/* Journals say so only since there is something to take up. */
static int check_digest_is_there(const struct resume *resume, const struct model_case *before,
                                 const struct event *now, struct error **err)
{
    if (before->digest || !now->planned.digest)
        return 0;
    const char *version = resume->model->run.version;
    error_set(
        err, ERROR_USAGE,
        "--resume: the journal \"%s\" does not say which script the case %s had: gvisor-smoke %s, which "
        "wrote it, did not yet",
        resume->path, before->name, version ? version : "of then");
    error_hint(err, "run without --resume");
    return -1;
}

static int check_scripts(const struct resume *resume, const struct event *cases, size_t count,
                         struct error **err)
{
    cleanup_strings struct strings scripts = {0}, expectations = {0};
    for (size_t i = 0; i < resume->model->case_count; i++) {
        const struct model_case *before = &resume->model->cases[i];
        const struct event *now = planned_as(cases, count, before->name);
        if (check_digest_is_there(resume, before, now, err) < 0)
            return -1;
        const char *digest = now->planned.digest ? now->planned.digest : "";
        if (strcmp(before->digest ? before->digest : "", digest) != 0)
            strings_add(&scripts, before->name);
        if (before->expect != now->planned.expect)
            strings_add(&expectations, before->name);
    }
    if (differ(resume, "these cases had another script in", &scripts, err) < 0)
        return -1;
    return differ(resume, "these cases had another expectation in", &expectations, err);
}

int resume_check_plan(const struct resume *resume, const struct event *cases, size_t count,
                      struct error **err)
{
    if (check_names(resume, cases, count, err) < 0)
        return -1;
    return check_scripts(resume, cases, count, err);
}

/* --- where it is --- */

/* "reports/run.jsonl" and "ab12cd" give "reports/run.ab12cd.jsonl". */
static char *own_name(const char *path, const char *id)
{
    size_t length = strlen(path);
    if (text_ends_with(path, SUFFIX))
        length -= strlen(SUFFIX);
    return xasprintf("%.*s.%s%s", (int)length, path, id, path + length);
}

int resume_make_room(struct resume *resume, const char *path, const char **ret_moved, struct error **err)
{
    struct stat own, there;
    *ret_moved = NULL;
    if (fstat(resume->fd, &own) < 0 || stat(path, &there) < 0 || own.st_dev != there.st_dev ||
        own.st_ino != there.st_ino)
        return 0;
    cleanup_free char *moved = own_name(path, resume->model->run.id);
    bool exists = lstat(moved, &there) == 0;
    if (exists || rename(path, moved) < 0) {
        error_set(err, ERROR_USAGE, "cannot keep the journal \"%s\" as \"%s\": %s", path, moved,
                  exists ? "there is one already" : strerror(errno));
        error_hint(err, "write the reports elsewhere with --report-dir, or move the journal away");
        return -1;
    }
    free(resume->path);
    resume->path = steal(&moved);
    *ret_moved = resume->path;
    return 0;
}

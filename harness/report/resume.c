/* SPDX-License-Identifier: Apache-2.0
 *
 * A journal whose run is taken up again: what of it counts.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "resume.h"

#define ID_MAX 32

/* --- reading --- */

static void keep_place(struct resume *resume)
{
    resume->places = xgrow(resume->places, resume->place_count, sizeof *resume->places);
    resume->places[resume->place_count++] =
        (struct resume_place){.test_case = resume->model->last_case, .result = resume->model->last_result};
}

static void fold(void *context, const struct event *event)
{
    struct resume *resume = context;
    model_fold_light(resume->model, event);
    if (event->kind == EVENT_EVIDENCE || event->kind == EVENT_VERDICT)
        keep_place(resume);
    if (event->kind == EVENT_NODE && !strings_contain(&resume->nodes, event->node.name))
        strings_add(&resume->nodes, event->node.name);
    if (event->kind != EVENT_RUN && event->kind != EVENT_CASE)
        resume->planned = true;
}

/* A run holds the lock of its journal until it ends, and so does whoever takes it up. */
static int lock(struct resume *resume, struct error **err)
{
    resume->fd = open(resume->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (resume->fd < 0) {
        error_set(err, ERROR_USAGE, "cannot read the journal \"%s\": %s", resume->path, strerror(errno));
        return -1;
    }
    struct stat status;
    if (fstat(resume->fd, &status) == 0 && !S_ISREG(status.st_mode)) {
        error_set(err, ERROR_USAGE, "cannot take up \"%s\": it is not a file", resume->path);
        return -1;
    }
    if (flock(resume->fd, LOCK_EX | LOCK_NB) == 0 ||
        errno != EWOULDBLOCK) /* not every file system has locks */
        return 0;
    error_set(err, ERROR_USAGE, "the run of the journal \"%s\" is still going on", resume->path);
    error_hint(err, "wait until it ends, or end it");
    return -1;
}

/* As runs are named; it becomes a part of a path and of a label. */
static bool is_id(const char *id)
{
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789");
    return length && length <= ID_MAX && !id[length];
}

static bool are_ids(const char *ids)
{
    cleanup_strings struct strings each = strings_split(ids ? ids : "", " ");
    for (size_t i = 0; i < each.count; i++)
        if (!is_id(each.items[i]))
            return false;
    return true;
}

static int refuse(const struct resume *resume, const char *why, struct error **err)
{
    error_set(err, ERROR_USAGE, "cannot take up the journal \"%s\": %s", resume->path, why);
    error_hint(err, "there is nothing to take over: run without --resume");
    return -1;
}

static int check_head(const struct resume *resume, struct error **err)
{
    const struct report_model *model = resume->model;
    if (model->source_count) {
        error_set(err, ERROR_USAGE, "cannot take up the journal \"%s\": it is merged from several runs",
                  resume->path);
        error_hint(err, "name the journal of one of them");
        return -1;
    }
    if (!model->run.id || !is_id(model->run.id) || !are_ids(model->run.resumes))
        return refuse(resume, "it does not say which run it is of", err);
    if (!resume->planned)
        return refuse(resume, "it ends before all that was planned", err);
    return 0;
}

struct resume *resume_open(const char *path, struct error **err)
{
    struct resume *resume = xcalloc(1, sizeof *resume);
    resume->path = xstrdup(path);
    resume->model = report_model_new();
    bool cut;
    if (lock(resume, err) == 0 && journal_read(path, fold, resume, &cut, err) == 0 &&
        check_head(resume, err) == 0)
        return resume;
    resume_free(resume);
    return NULL;
}

void resume_free(struct resume *resume)
{
    if (!resume)
        return;
    if (resume->fd >= 0)
        close(resume->fd);
    report_model_free(resume->model);
    strings_release(&resume->nodes);
    index_release(&resume->taken);
    index_release(&resume->pods);
    free(resume->places);
    free(resume->path);
    free(resume);
}

/* --- what it says of its run --- */

const char *resume_path(const struct resume *resume)
{
    return resume->path;
}

const char *resume_run(const struct resume *resume)
{
    return resume->model->run.id;
}

struct strings resume_runs(const struct resume *resume)
{
    struct strings runs = {0};
    cleanup_strings struct strings before =
        strings_split(resume->model->run.resumes ? resume->model->run.resumes : "", " ");
    strings_add(&runs, resume->model->run.id);
    strings_add_all(&runs, &before);
    return runs;
}

const char *resume_namespace(const struct resume *resume)
{
    return resume->model->run.name_space;
}

bool resume_left_nothing(const struct resume *resume)
{
    return resume->model->ended && resume->model->left_behind == 0;
}

const char *resume_nodes(const struct resume *resume)
{
    if (resume->model->run.nodes)
        return resume->model->run.nodes;
    return resume->nodes.count == 1 ? resume->nodes.items[0] : NULL;
}

struct strings resume_cases(const struct resume *resume)
{
    struct strings names = {0};
    for (size_t i = 0; i < resume->model->case_count; i++)
        strings_add(&names, resume->model->cases[i].name);
    return names;
}

struct strings resume_judged_nodes(const struct resume *resume)
{
    struct strings nodes = {0};
    cleanup_index struct index known = {0};
    for (size_t i = 0; i < resume->model->case_count; i++)
        for (size_t k = 0; k < resume->model->cases[i].count; k++) {
            const char *node = resume->model->cases[i].results[k].node;
            size_t at;
            if (!*node || index_get(&known, node, &at))
                continue;
            index_set(&known, node, 0);
            strings_add(&nodes, node);
        }
    return nodes;
}

bool resume_is_complete(const struct resume *resume)
{
    const struct report_model *model = resume->model;
    return model->ended && !model->signal && report_model_counts(model).errors == 0;
}

/* --- which verdicts count --- */

char *resume_key(const char *name, const char *node)
{
    return xasprintf("%s\n%s", name, node ? node : "");
}

static bool is_attested(const struct report_model *model, const char *pod)
{
    size_t at;
    return pod && index_get(&model->attestation_index, pod, &at) && model->attestations[at].attested &&
           !model->attestations[at].control;
}

/* On whichever node: the only one that there is. */
static const struct model_result *find(const struct resume *resume, const char *name, const char *node)
{
    size_t at;
    if (!index_get(&resume->model->case_index, name, &at))
        return NULL;
    const struct model_case *test_case = &resume->model->cases[at];
    if (node && *node)
        return model_result_find(resume->model, test_case, node, &at) ? &test_case->results[at] : NULL;
    return test_case->count == 1 ? &test_case->results[0] : NULL;
}

static bool counts(const struct resume *resume, const struct model_result *result_or_null)
{
    return result_or_null && result_or_null->judged && result_or_null->kind != VERDICT_ERROR &&
           is_attested(resume->model, result_or_null->pod);
}

bool resume_has(const struct resume *resume, const char *name, const char *node)
{
    return counts(resume, find(resume, name, node));
}

/* As execution_is_ok() has it. */
bool resume_stops(const struct resume *resume, const char *name, const char *node)
{
    size_t at;
    const struct model_result *result = find(resume, name, node);
    if (!result || !counts(resume, result) || !index_get(&resume->model->case_index, name, &at))
        return false;
    struct evidence room;
    const struct evidence *seen = model_facts(result->gvisor, &room);
    bool exited_well = seen && seen->ending == ENDING_EXITED && seen->exit_code == 0;
    return !exited_well ||
           (resume->model->cases[at].expect == EXPECT_WORKS && result->kind != VERDICT_PASSED);
}

void resume_take(struct resume *resume, const char *name, const char *node)
{
    const struct model_result *result = find(resume, name, node);
    assert(result && result->pod);
    cleanup_free char *key = resume_key(name, result->node);
    size_t at;
    if (index_get(&resume->taken, key, &at))
        return;
    index_set(&resume->taken, key, resume->count++);
    index_set(&resume->pods, result->pod, 0);
}

bool resume_is_taken(const struct resume *resume, const char *name, const char *node)
{
    size_t at;
    const struct model_result *result = resume ? find(resume, name, node) : NULL;
    if (!result)
        return false;
    cleanup_free char *key = resume_key(name, result->node);
    return index_get(&resume->taken, key, &at);
}

enum verdict_kind resume_verdict(const struct resume *resume, const char *name, const char *node)
{
    const struct model_result *result = find(resume, name, node);
    assert(result);
    return result->kind;
}

size_t resume_count(const struct resume *resume)
{
    return resume->count;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The rights of the account, asked of the API before anything is made: a SelfSubjectAccessReview for each,
 * which every account may create. All are asked at once, so this takes one round trip.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "rights.h"
#include "run_private.h"

#define ASK_TIMEOUT_MS 10000

struct question {
    struct rights_round *round;
    const struct right *right;
    char *words; /* "create pods/exec" */
    struct kube_request *request;
    bool allowed;
};

struct rights_round {
    struct run *run;
    struct question *questions;
    size_t count, open;
    struct error *err; /* the first answer that is none */
    int64_t asked_ms;
};

static void on_answer(void *context, const char *body, size_t length, const struct error *err)
{
    (void)length;
    struct question *question = context;
    question->request = NULL;
    question->round->open--;
    if (err && !question->round->err)
        question->round->err = error_copy(err);
    cleanup_free char *allowed = err ? NULL : kube_json_text(body, "/status/allowed");
    question->allowed = allowed && strcmp(allowed, "true") == 0;
}

static const char *name_space_of(const struct run *run, const struct right *right)
{
    switch (right_place(right, run->options)) {
    case PLACE_RUN:
        return run->home_namespace; /* in a namespace of its own it needs nothing beforehand */
    case PLACE_APP:
        return run->options->app_namespace;
    case PLACE_CLUSTER:
        break;
    }
    return "";
}

static void ask(struct question *question, const char *verb)
{
    const struct right *right = question->right;
    struct run *run = question->round->run;
    const char *object = right_object(right, run->options);
    cleanup_free char *body = xasprintf(
        "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\",\"spec\":{"
        "\"resourceAttributes\":{\"namespace\":\"%s\",\"verb\":\"%s\",\"group\":\"%s\",\"resource\":\"%s\","
        "\"subresource\":\"%s\",\"name\":\"%s\"}}}",
        name_space_of(run, right), verb, right->group, right->resource,
        right->subresource ? right->subresource : "", object ? object : "");
    const struct kube_request_options options = {.method = "POST",
                                                 .path =
                                                     "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                                 .body = body,
                                                 .timeout_ms = ASK_TIMEOUT_MS,
                                                 .patience_ms = KUBE_PATIENCE_MS};
    question->round->open++;
    question->request = kube_request_start(run->kube, &options, on_answer, question);
}

/* All questions are listed before the first is asked: an answer keeps a pointer to its own. */
static void list_questions(struct rights_round *round)
{
    for (size_t i = 0; i < run_right_count; i++) {
        const struct right *right = &run_rights[i];
        if (!right_is_needed(right, round->run->options, round->run->cases))
            continue;
        cleanup_strings struct strings verbs = strings_split(right->verbs, " ");
        for (size_t k = 0; k < verbs.count; k++) {
            round->questions = xrealloc(round->questions, round->count + 1, sizeof *round->questions);
            round->questions[round->count++] = (struct question){
                .round = round,
                .right = right,
                .words =
                    xasprintf("%s %s%s%s", verbs.items[k], right->resource, right->subresource ? "/" : "",
                              right->subresource ? right->subresource : ""),
            };
        }
    }
}

static void ask_all(struct rights_round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        cleanup_free char *verb =
            xstrndup(round->questions[i].words, strcspn(round->questions[i].words, " "));
        ask(&round->questions[i], verb);
    }
}

/* Who may not ask one of them may ask none: the others are not waited for, which can take long, as the server
 * closes the connections of callers that it does not know. */
static bool is_answered(void *context)
{
    const struct rights_round *round = context;
    return round->open == 0 || round->err || run_must_stop(round->run);
}

static void round_release(struct rights_round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        kube_request_cancel(&round->questions[i].request);
        free(round->questions[i].words);
    }
    free(round->questions);
    error_free(round->err);
}

/* --- what is said --- */

static char *hint_for(const struct run *run, const char *words)
{
    return xasprintf(
        "an administrator grants what is missing by: gvisor-smoke rbac -n %s --service-account NAME (or "
        "--for-user NAME) with the options of the run | kubectl apply -f -%s",
        run->options->name_space,
        strstr(words, "pods/exec") ? "; exec over websocket needs the verbs get and create on pods/exec"
                                   : "");
}

static void tell_missing(struct run *run, const struct strings *needed, const struct strings *useful,
                         struct error **ret_missing)
{
    cleanup_free char *words = strings_join(needed->count ? needed : useful, ", ");
    cleanup_free char *hint = hint_for(run, words);
    if (!needed->count) {
        cleanup_free char *message = xasprintf("the run knows less, for the account may not: %s", words);
        run_emit_warning(run->events, "rights", message, hint);
        run_emit_note(run, message);
        return;
    }
    error_set(ret_missing, ERROR_ENVIRONMENT,
              "what the run needs is forbidden to the account in namespace \"%s\": %s",
              run->options->name_space, words);
    error_hint(ret_missing, "%s", hint);
    run_emit_step(run->events, "rights", NULL, *ret_missing);
}

static void tell(struct rights_round *round, struct error **ret_missing)
{
    struct run *run = round->run;
    cleanup_strings struct strings needed = {0}, useful = {0};
    for (size_t i = 0; i < round->count; i++)
        if (!round->questions[i].allowed)
            strings_add(round->questions[i].right->need == NEED_LESS ? &useful : &needed,
                        round->questions[i].words);
    if (needed.count || useful.count) {
        tell_missing(run, &needed, &useful, ret_missing);
        return;
    }
    cleanup_free char *message = xasprintf("the account has all %zu rights that a run needs", round->count);
    run_emit_step(run->events, "rights", message, NULL);
}

struct rights_round *rights_ask(struct run *run)
{
    struct rights_round *round = xcalloc(1, sizeof *round);
    round->run = run;
    round->asked_ms = clock_monotonic_ms();
    list_questions(round);
    ask_all(round);
    return round;
}

void rights_tell(struct rights_round *round, struct error **ret_missing)
{
    struct run *run = round->run;
    loop_run_until(run->loop, is_answered, round);
    run_emit_span(run, "rights", NULL, NULL, round->asked_ms);
    if (round->err) {
        error_wrap(&round->err, "it cannot be asked which rights the account has");
        run_emit_warning(run->events, "rights", round->err->message, round->err->hint);
    } else if (!round->open) {
        tell(round, ret_missing);
    }
    round_release(round);
    free(round);
}

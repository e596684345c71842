/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests to the API: errors in the API's own words, and another try for what may pass.
 */
#include <string.h>

#include <curl/curl.h>

#include "client.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "gvisor-smoke/text.h"
#include "json.h"

#define DEFAULT_TIMEOUT_MS 30000
#define FIRST_BACKOFF_MS 100
#define MAX_BACKOFF_MS 3000
/* An internal error of a server that answers otherwise: a webhook that fails is not mended by waiting long.
 */
#define INTERNAL_PATIENCE_MS 20000
/* The least that is given to a try when there is no time left. */
#define HURRIED_TIMEOUT_MS 500
#define OBJECT_NAME_MAX 253
#define MESSAGE_MAX_BYTES ((size_t)8 * 1024) /* of a Status object's message: it stands in reports, often */

struct kube_request {
    struct kube *kube;
    struct http_transfer *transfer; /* under way, or NULL while waiting for the next try */
    struct timer *backoff;
    char *method, *path, *body, *content_type;
    int64_t timeout_ms, started_ms, patience_ms, absent_patience_ms;
    int64_t delay_ms;
    bool fresh; /* the next try goes over a new connection */
    bool own_name;
    unsigned tries;
    kube_done done;
    void *context;
};

static void request_try(void *context);

static bool status_passes(long status)
{
    return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

static const char *tls_hint(const char *failure)
{
    if (strstr(failure, "certificate"))
        return "check certificate-authority and tls-server-name of the kubeconfig's cluster";
    return "check that the server of the kubeconfig is up and can be reached from here";
}

/* What to do about a refusal, by the words of the admission that refused. */
static void hint_forbidden(struct error **err)
{
    const char *message = (*err)->message;
    if (strstr(message, "exceeded quota"))
        error_hint(err, "raise the quota, or name another namespace with -n");
    else if (strstr(message, "violates PodSecurity"))
        error_hint(
            err,
            "the namespace's Pod Security level forbids what these cases need: name another namespace with "
            "-n, or leave the cases out (label pod-security.kubernetes.io/enforce)");
    else if (strstr(message, "cannot "))
        error_hint(
            err, "let an administrator grant this right by a Role (kubectl auth can-i --list shows what the "
                 "account may do)");
}

/* What a Status object says, on one line, or NULL when that is nothing. */
static char *message_of(struct json_object *status)
{
    const char *said = json_string(json_member(status, "message"));
    cleanup_free char *bounded = said ? text_beginning(said, MESSAGE_MAX_BYTES) : NULL;
    cleanup_free char *line = bounded ? text_one_line(bounded) : NULL;
    return line && *line ? steal(&line) : NULL;
}

void api_error(struct error **err, const struct kube *kube, const struct http_result *result)
{
    if (result->unauthorized) {
        *err = error_copy(result->unauthorized);
        return;
    }
    if (result->failure) {
        const char *proxy = kube->access->proxy_name;
        error_set(err, ERROR_ENVIRONMENT, "the API server %s does not answer%s%s: %s", kube->access->server,
                  proxy ? " through the proxy " : "", proxy ? proxy : "", result->failure);
        error_hint(err, "%s", tls_hint(result->failure));
        return;
    }
    cleanup_json struct json_object *status = json_parse(result->body, result->body_length);
    cleanup_free char *message = message_of(status);
    if (result->status == 401)
        error_set(err, ERROR_ENVIRONMENT, "the API server %s does not accept the credentials: %s (HTTP 401)",
                  kube->access->server, message ? message : "no reason given");
    else if (message)
        error_set(err, ERROR_ENVIRONMENT, "%s", message);
    else
        error_set(err, ERROR_ENVIRONMENT, "the API server answered with HTTP status %ld", result->status);
    (*err)->http_status = (int)result->status;
    if (result->status == 403)
        hint_forbidden(err);
    if (result->status == 401)
        error_hint(
            err,
            "log in again as user \"%s\" of the kubeconfig (its token or certificate may have expired), "
            "or name another with --context",
            kube->access->user ? kube->access->user : "");
}

static void request_free(struct kube_request *request)
{
    http_cancel(&request->transfer);
    timer_cancel(&request->backoff);
    free(request->method);
    free(request->path);
    if (request->body)
        secret_wipe(request->body, strlen(request->body)); /* the body may be a Secret object */
    free(request->body);
    free(request->content_type);
    free(request);
}

static void request_backoff(void *context)
{
    struct kube_request *request = context;
    request->backoff = NULL;
    request_try(request);
}

/* 409 to a create has two causes: the object exists (reason AlreadyExists), or what had to be changed with
 * it, such as a quota, was changed by another at the same time (Conflict), which passes. */
static bool is_conflict(const struct kube_request *request, const struct http_result *result)
{
    return !result->failure && result->status == 409 && strcmp(request->method, "POST") == 0;
}

static bool exists_already(const struct http_result *result)
{
    return result->body && strstr(result->body, "already exists");
}

static bool may_pass(const struct kube_request *request, const struct http_result *result)
{
    if (result->failure)
        return result->passing;
    if (is_conflict(request, result))
        return !exists_already(result);
    return status_passes(result->status) || http_refusal_passes(request->kube->http, result);
}

/* The monotonic time after which no try starts any more. */
static int64_t give_up_ms(const struct kube_request *request, const struct http_result *result)
{
    const struct kube *kube = request->kube;
    int64_t patience_ms = result->unreached ? request->absent_patience_ms : request->patience_ms;
    bool internal = result->status == 500 && !http_is_in_doubt(kube->http);
    if (internal && patience_ms > INTERNAL_PATIENCE_MS)
        patience_ms = INTERNAL_PATIENCE_MS;
    int64_t until_ms = request->started_ms + patience_ms;
    return kube->hurry_ms && kube->hurry_ms < until_ms ? kube->hurry_ms : until_ms;
}

/* Starts a timer for the next try; false when the failure is for good or the patience is used up. */
static bool request_again(struct kube_request *request, const struct http_result *result)
{
    int64_t delay_ms = request->delay_ms;
    if (!may_pass(request, result))
        return false;
    if (result->retry_after_ms > delay_ms)
        delay_ms = result->retry_after_ms;
    if (clock_monotonic_ms() + delay_ms > give_up_ms(request, result))
        return false;
    request->fresh = result->timed_out;
    log_info("%s %s: %s (HTTP status %ld); trying again in %lld ms", request->method, request->path,
             result->failure ? result->failure : "refused for now", result->status, (long long)delay_ms);
    request->delay_ms = request->delay_ms * 2 < MAX_BACKOFF_MS ? request->delay_ms * 2 : MAX_BACKOFF_MS;
    request->backoff = timer_start(request->kube->loop, delay_ms, request_backoff, request);
    return true;
}

static void request_end(void *context, const struct http_result *result)
{
    struct kube_request *request = context;
    request->transfer = NULL;
    bool success = !result->failure && result->status >= 200 && result->status < 300;
    /* A create whose first answer was lost: the object that "already exists" is ours. */
    if (is_conflict(request, result) && exists_already(result) && (request->tries > 1 || request->own_name))
        success = true;
    if (!success && request_again(request, result))
        return;
    cleanup_error struct error *err = NULL;
    if (!success)
        api_error(&err, request->kube, result);
    request->done(request->context, result->body, result->body_length, err);
    request_free(request);
}

/* Of one try; less where there is no time left. */
static int64_t timeout_ms(const struct kube_request *request)
{
    if (!request->kube->hurry_ms)
        return request->timeout_ms;
    int64_t left_ms = request->kube->hurry_ms - clock_monotonic_ms();
    left_ms = left_ms > HURRIED_TIMEOUT_MS ? left_ms : HURRIED_TIMEOUT_MS;
    return left_ms < request->timeout_ms ? left_ms : request->timeout_ms;
}

static void request_try(void *context)
{
    struct kube_request *request = context;
    request->tries++;
    const struct http_request http = {
        .method = request->method,
        .path = request->path,
        .body = request->body,
        .content_type = request->content_type,
        .timeout_ms = timeout_ms(request),
        .fresh = request->fresh,
        .on_end = request_end,
        .context = request,
    };
    request->transfer = http_start(request->kube->http, &http);
}

struct kube_request *kube_request_start(struct kube *kube, const struct kube_request_options *options,
                                        kube_done done, void *context)
{
    struct kube_request *request = xcalloc(1, sizeof *request);
    request->kube = kube;
    request->method = xstrdup(options->method);
    request->path = xstrdup(options->path);
    request->body = xstrdup(options->body);
    request->content_type = xstrdup(options->content_type);
    request->timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    if (kube->access->request_timeout_ms)
        request->timeout_ms = kube->access->request_timeout_ms;
    request->started_ms = clock_monotonic_ms();
    request->patience_ms = options->patience_ms;
    request->absent_patience_ms =
        options->absent_patience_ms ? options->absent_patience_ms : options->patience_ms;
    request->own_name = options->own_name;
    request->delay_ms = FIRST_BACKOFF_MS;
    request->done = done;
    request->context = context;
    request_try(request);
    return request;
}

void kube_request_cancel(struct kube_request **request)
{
    if (*request)
        request_free(*request);
    *request = NULL;
}

/* --- waiting for one answer --- */

struct call {
    struct kube *kube;
    bool finished;
    char *body;
    struct error *err;
};

static void call_done(void *context, const char *body, size_t length, const struct error *err)
{
    struct call *call = context;
    call->finished = true;
    if (err)
        call->err = error_copy(err);
    else
        call->body = xstrndup(body, length);
}

static bool call_over(void *context)
{
    struct call *call = context;
    return call->finished || call->kube->interrupted;
}

int kube_call(struct kube *kube, const struct kube_request_options *options, char **ret_body,
              struct error **err)
{
    struct call call = {.kube = kube};
    kube->waiting = true;
    kube->interrupted = false;
    struct kube_request *request = kube_request_start(kube, options, call_done, &call);
    loop_run_until(kube->loop, call_over, &call);
    kube->waiting = false;
    if (!call.finished) {
        kube_request_cancel(&request);
        error_set(err, ERROR_ENVIRONMENT, "interrupted");
        return -1;
    }
    if (call.err) {
        *err = call.err;
        return -1;
    }
    if (ret_body)
        *ret_body = call.body;
    else
        free(call.body);
    return 0;
}

char *kube_escape(const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0);
    char *copy = xstrdup(escaped);
    curl_free(escaped);
    return copy;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool kube_is_object_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > OBJECT_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != length || !is_letter_or_digit(name[0]) ||
        !is_letter_or_digit(name[length - 1]))
        return false;
    for (const char *dot = name; (dot = strchr(dot, '.')); dot++)
        if (!is_letter_or_digit(dot[-1]) || !is_letter_or_digit(dot[1]))
            return false;
    return true;
}

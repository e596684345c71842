/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of requests and watches against a server that fails in every way that a real one does for a time: the
 * answers stand in a script, one for each connection.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/kube.h"

#define STEPS_MAX 16

enum deed {
    ANSWER,
    RESET,  /* the connection goes without an answer */
    SILENT, /* it stays, and nothing comes */
};

struct step {
    enum deed deed;
    const char *answer;
    char request[4096]; /* what was asked, its head and what came with it */
};

/* One server, whose thread takes one connection after the other. */
static struct {
    int listener;
    unsigned port;
    pthread_t thread;
    struct step steps[STEPS_MAX];
    size_t count, done;
    int open[STEPS_MAX];
    size_t open_count;
} server;

static void read_request(int client, struct step *step)
{
    size_t length = 0;
    ssize_t got;
    while (length + 1 < sizeof step->request && !strstr(step->request, "\r\n\r\n") &&
           (got = recv(client, step->request + length, sizeof step->request - 1 - length, 0)) > 0)
        length += (size_t)got;
}

static void serve_step(int client, struct step *step)
{
    read_request(client, step);
    if (step->deed == SILENT) {
        server.open[server.open_count++] = client;
        return;
    }
    if (step->deed == ANSWER)
        assert_true(send(client, step->answer, strlen(step->answer), MSG_NOSIGNAL) >= 0);
    else
        setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(client);
}

static void *serve(void *context)
{
    (void)context;
    while (server.done < server.count) {
        int client = accept(server.listener, NULL, NULL);
        if (client < 0)
            return NULL;
        serve_step(client, &server.steps[server.done]);
        __atomic_add_fetch(&server.done, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void server_start(const struct step *steps, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(listen(server.listener, 16), 0);
    server.port = ntohs(address.sin_port);
    if (count > 0)
        memcpy(server.steps, steps, count * sizeof *steps);
    server.count = count;
    server.done = server.open_count = 0;
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

/* Returns how many steps were done. */
static size_t server_stop(void)
{
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
    for (size_t i = 0; i < server.open_count; i++)
        close(server.open[i]);
    return server.done;
}

/* --- the client */

struct client {
    struct kube_access access;
    struct loop *loop;
    struct kube *kube;
};

static void client_open(struct client *client)
{
    cleanup_error struct error *err = NULL;
    *client = (struct client){.access = {.server = (char *)"http://127.0.0.1",
                                         .host = (char *)"127.0.0.1",
                                         .path_prefix = (char *)"",
                                         .port = (uint16_t)server.port}};
    client->loop = loop_new();
    client->kube = kube_new(client->loop, &client->access, &err);
    assert_non_null(client->kube);
}

static void client_close(struct client *client)
{
    kube_free(client->kube);
    loop_free(client->loop);
}

static const char ok[] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
static const char created[] = "HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";

#define STATUS(code, message) "{\"kind\":\"Status\",\"code\":" #code ",\"message\":\"" message "\"}"
/* Of a length that the end of the connection tells. */
#define REFUSAL(code, words, message)                                                                        \
    "HTTP/1.1 " #code " " words                                                                              \
    "\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" STATUS(code, message)

/* Asks once, with patience, and hands over the error, which the caller frees. */
static struct error *ask(const struct step *steps, size_t count, const char *method, size_t *ret_done)
{
    struct client client;
    struct error *err = NULL;
    server_start(steps, count);
    client_open(&client);
    const struct kube_request_options options = {.method = method,
                                                 .path = "/x",
                                                 .body = strcmp(method, "POST") ? NULL : "{}",
                                                 .timeout_ms = 700,
                                                 .patience_ms = 6000};
    kube_call(client.kube, &options, NULL, &err);
    client_close(&client);
    *ret_done = server_stop();
    return err;
}

static void what_passes_is_tried_again(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        struct step steps[3];
        size_t count;
    } rows[] = {
        {"GET",
         {{.answer = REFUSAL(500, "Internal Server Error", "etcdserver: leader changed")}, {.answer = ok}},
         2},
        {"GET", {{.answer = REFUSAL(503, "Service Unavailable", "not ready")}, {.answer = ok}}, 2},
        {"GET", {{.answer = "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"}, {.answer = ok}}, 2},
        {"GET", {{.deed = RESET}, {.deed = RESET}, {.answer = ok}}, 3},
        {"GET", {{.deed = SILENT}, {.answer = ok}}, 2},
        /* An answer that stops in its middle. */
        {"GET", {{.answer = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"}, {.answer = ok}}, 2},
        {"POST",
         {{.answer = REFUSAL(403, "Forbidden", "pods x is forbidden: not yet ready to handle request")},
          {.answer = created}},
         2},
        {"POST",
         {{.answer =
               REFUSAL(403, "Forbidden", "pods x is forbidden: serviceaccount \\\"default\\\" not found")},
          {.answer = created}},
         2},
        /* A server that has just come back knows nobody yet. */
        {"DELETE",
         {{.deed = RESET}, {.answer = REFUSAL(403, "Forbidden", "User cannot delete")}, {.answer = ok}},
         3},
        {"GET",
         {{.deed = RESET}, {.answer = REFUSAL(401, "Unauthorized", "Unauthorized")}, {.answer = ok}},
         3},
        /* What was made, and the answer lost, is there already. */
        {"POST", {{.deed = RESET}, {.answer = REFUSAL(409, "Conflict", "already exists")}}, 2},
        /* Two creates that a quota counts at the same time. */
        {"POST",
         {{.answer = REFUSAL(409, "Conflict",
                             "cannot be fulfilled on resourcequotas: the object has been modified")},
          {.answer = created}},
         2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t done;
        cleanup_error struct error *err = ask(rows[i].steps, rows[i].count, rows[i].method, &done);
        if (err)
            fail_msg("row %zu: %s", i, err->message);
        assert_int_equal(done, rows[i].count);
    }
}

static void what_does_not_pass_is_told_at_once(void **state)
{
    (void)state;
    static const struct {
        struct step step;
        int status;
        const char *words;
    } rows[] = {
        {{.answer = REFUSAL(403, "Forbidden", "User \\\"ci\\\" cannot create pods")},
         403,
         "User \"ci\" cannot"},
        {{.answer = REFUSAL(401, "Unauthorized", "Unauthorized")}, 401, "does not accept the credentials"},
        {{.answer = REFUSAL(404, "Not Found", "no such thing")}, 404, "no such thing"},
        {{.answer = REFUSAL(409, "Conflict", "already exists")}, 409, "already exists"},
        {{.answer = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n\r\n"}, 307, "307"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t done;
        int64_t began_ms = clock_monotonic_ms();
        cleanup_error struct error *err = ask(&rows[i].step, 1, "POST", &done);
        assert_non_null(err);
        assert_int_equal(err->http_status, rows[i].status);
        assert_contains(err->message, rows[i].words);
        assert_in_range(clock_monotonic_ms() - began_ms, 0, 1000);
    }
}

/* A server closes the connections of callers that it does not know, while they have other requests on them.
 */
static void nobody_is_told_at_once(void **state)
{
    (void)state;
    const struct step steps[] = {
        {.deed = RESET},
        {.answer = REFUSAL(403, "Forbidden",
                           "pods is forbidden: User \\\"system:anonymous\\\" cannot list resource")}};
    size_t done;
    int64_t began_ms = clock_monotonic_ms();
    cleanup_error struct error *err = ask(steps, COUNT(steps), "GET", &done);
    assert_non_null(err);
    assert_int_equal(err->http_status, 403);
    assert_int_equal(done, COUNT(steps));
    assert_in_range(clock_monotonic_ms() - began_ms, 0, 5000);
}

/* libcurl tries again by itself when a connection that it has used is closed, so the first try that is known
 * here may be the second one. */
static void an_object_of_ones_own_name_may_exist(void **state)
{
    (void)state;
    struct client client;
    cleanup_error struct error *err = NULL;
    const struct step step = {.answer = REFUSAL(409, "Conflict", "pods x already exists")};
    server_start(&step, 1);
    client_open(&client);
    const struct kube_request_options options = {
        .method = "POST", .path = "/x", .body = "{}", .own_name = true};
    assert_int_equal(kube_call(client.kube, &options, NULL, &err), 0);
    client_close(&client);
    assert_int_equal(server_stop(), 1);
}

static void retry_after_is_obeyed(void **state)
{
    (void)state;
    const struct step steps[] = {
        {.answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nConnection: close\r\n\r\n"},
        {.answer = ok}};
    size_t done;
    int64_t began_ms = clock_monotonic_ms();
    cleanup_error struct error *err = ask(steps, 2, "GET", &done);
    assert_null(err);
    assert_in_range(clock_monotonic_ms() - began_ms, 2000, 3500);
    /* More than the patience is not waited for. */
    const struct step late[] = {
        {.answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nConnection: close\r\n\r\n"}};
    began_ms = clock_monotonic_ms();
    cleanup_error struct error *told = ask(late, 1, "GET", &done);
    assert_non_null(told);
    assert_int_equal(told->http_status, 429);
    assert_in_range(clock_monotonic_ms() - began_ms, 0, 1500);
}

static void patience_has_an_end(void **state)
{
    (void)state;
    struct client client;
    cleanup_error struct error *err = NULL, *hurried = NULL;
    const struct step steps[STEPS_MAX] = {{.deed = SILENT}, {.deed = SILENT}, {.deed = SILENT},
                                          {.deed = SILENT}, {.deed = SILENT}, {.deed = SILENT}};
    server_start(steps, STEPS_MAX);
    client_open(&client);
    struct kube_request_options options = {
        .method = "GET", .path = "/x", .timeout_ms = 300, .patience_ms = 1200};
    assert_true(kube_calm_ms(client.kube) == INT64_MAX);
    int64_t began_ms = clock_monotonic_ms();
    assert_int_equal(kube_call(client.kube, &options, NULL, &err), -1);
    assert_contains(err->message, "does not answer");
    assert_in_range(clock_monotonic_ms() - began_ms, 600, 2200);
    assert_true(kube_is_in_doubt(client.kube));
    assert_in_range(kube_calm_ms(client.kube), 0, 2200);
    /* In a hurry everything ends by then. */
    options.timeout_ms = options.patience_ms = 30000;
    kube_hurry(client.kube, 600);
    began_ms = clock_monotonic_ms();
    assert_int_equal(kube_call(client.kube, &options, NULL, &hurried), -1);
    assert_in_range(clock_monotonic_ms() - began_ms, 400, 1500);
    client_close(&client);
    server_stop();
}

/* A create that waits for the steps; returns for how long the server has been calm after it. */
static int64_t calm_after(const struct step *steps, size_t count, int64_t *ret_took_ms)
{
    struct client client;
    cleanup_error struct error *err = NULL;
    server_start(steps, count);
    client_open(&client);
    const struct kube_request_options options = {
        .method = "POST", .path = "/x", .body = "{}", .timeout_ms = 2000, .patience_ms = 20000};
    int64_t began_ms = clock_monotonic_ms();
    kube_call(client.kube, &options, NULL, &err);
    *ret_took_ms = clock_monotonic_ms() - began_ms;
    int64_t calm_ms = kube_calm_ms(client.kube);
    client_close(&client);
    server_stop();
    assert_null(err);
    return calm_ms;
}

static void a_server_is_away_until_its_controllers_are_back(void **state)
{
    (void)state;
    const struct step no_account = {
        .answer = REFUSAL(403, "Forbidden", "pods x is forbidden: serviceaccount \\\"default\\\" not found")};
    const struct step done = {.answer = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"};
    const struct step fresh[] = {no_account, done};
    const struct step back[] = {{.deed = RESET}, no_account, no_account, done};
    int64_t took_ms;
    /* That of a namespace that has just been made is no trouble. */
    assert_true(calm_after(fresh, COUNT(fresh), &took_ms) == INT64_MAX);
    /* Each pause is twice the one before: the last is 4/7 of all. */
    int64_t calm_ms = calm_after(back, COUNT(back), &took_ms);
    assert_in_range(calm_ms, 0, took_ms * 3 / 4);
}

static void nobody_there_has_a_patience_of_its_own(void **state)
{
    (void)state;
    struct client client;
    cleanup_error struct error *err = NULL;
    server_start(NULL, 0);
    client_open(&client);
    server_stop();
    const struct kube_request_options options = {
        .method = "GET", .path = "/x", .patience_ms = 60000, .absent_patience_ms = 400};
    int64_t began_ms = clock_monotonic_ms();
    assert_int_equal(kube_call(client.kube, &options, NULL, &err), -1);
    assert_in_range(clock_monotonic_ms() - began_ms, 0, 1500);
    client_close(&client);
}

/* --- watches */

struct watched {
    char text[1024]; /* what was told, in order */
    bool failed;
};

static void on_pod(void *context, enum kube_change change, const struct kube_pod *pod)
{
    struct watched *watched = context;
    static const char *const signs[] = {"+", "~", "-"};
    size_t length = strlen(watched->text);
    snprintf(watched->text + length, sizeof watched->text - length, "%s%s ", signs[change], pod->name);
}

static void on_failed(void *context, const struct error *err)
{
    (void)err;
    ((struct watched *)context)->failed = true;
}

struct goal {
    struct watched *watched;
    const char *text;
    bool late;
};

static bool is_reached(void *context)
{
    struct goal *goal = context;
    return goal->watched->failed || goal->late ||
           (*goal->text && strcmp(goal->watched->text, goal->text) == 0);
}

static void on_late(void *context)
{
    ((struct goal *)context)->late = true;
}

/* A watch under these answers must tell this, and goes on. */
static void watch(const struct step *steps, size_t count, const char *text, bool fails)
{
    struct client client;
    struct watched watched = {0};
    server_start(steps, count);
    client_open(&client);
    const struct kube_watch_options options = {
        .collection = "/pods", .on_pod = on_pod, .on_failed = on_failed, .context = &watched};
    struct kube_watch *kube_watch = kube_watch_start(client.kube, &options);
    struct goal goal = {&watched, text, false};
    struct timer *timer = timer_start(client.loop, 8000, on_late, &goal);
    loop_run_until(client.loop, is_reached, &goal);
    if (!goal.late)
        timer_cancel(&timer);
    assert_string_equal(watched.text, text);
    assert_int_equal(watched.failed, fails);
    kube_watch_stop(&kube_watch);
    client_close(&client);
    server_stop();
}

#define LIST(version, items)                                                                                 \
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"metadata\":{\"resourceVersion\":\"" version              \
    "\"},\"items\":[" items "]}"
#define POD(name, version) "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version "\"}}"
#define CHANGES(lines) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" lines
#define CHANGE(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"

static void a_watch_goes_on_where_it_was(void **state)
{
    (void)state;
    const struct step steps[] = {{.answer = LIST("1", POD("a", "1"))},
                                 {.answer = CHANGES(CHANGE("ADDED", POD("b", "2")))},
                                 {.deed = RESET},
                                 {.answer = REFUSAL(500, "Internal Server Error", "etcd is away")},
                                 {.answer = REFUSAL(403, "Forbidden", "not yet ready to handle request")},
                                 {.answer = CHANGES(CHANGE("DELETED", POD("a", "3")))},
                                 {.deed = SILENT}};
    watch(steps, COUNT(steps), "+a +b -a ", false);
    assert_contains(server.steps[1].request, "resourceVersion=1 ");
    assert_contains(server.steps[2].request, "resourceVersion=2 ");
    assert_contains(server.steps[5].request, "resourceVersion=2 ");
}

static void a_forgotten_version_is_listed_anew(void **state)
{
    (void)state;
    const struct step by_event[] = {
        {.answer = LIST("1", POD("a", "1") "," POD("b", "1"))},
        {.answer = CHANGES(CHANGE("ERROR", STATUS(410, "too old resource version")))},
        {.answer = LIST("9", POD("b", "8") "," POD("c", "9"))},
        {.deed = SILENT}};
    watch(by_event, COUNT(by_event), "+a +b +b +c -a ", false);
    const struct step by_status[] = {{.answer = LIST("1", POD("a", "1"))},
                                     {.answer = REFUSAL(410, "Gone", "too old resource version")},
                                     {.answer = LIST("9", "")},
                                     {.deed = SILENT}};
    watch(by_status, COUNT(by_status), "+a -a ", false);
    /* Something that is no change at all, and one that stops in its middle. */
    const struct step garbage[] = {{.answer = LIST("1", POD("a", "1"))},
                                   {.answer = CHANGES("<html>\n")},
                                   {.answer = LIST("2", POD("a", "2"))},
                                   {.answer = CHANGES("{\"type\":\"ADDED\",\"obj")},
                                   {.answer = CHANGES(CHANGE("ADDED", POD("b", "3")))},
                                   {.deed = SILENT}};
    watch(garbage, COUNT(garbage), "+a +a +b ", false);
}

static void a_watch_that_is_refused_says_so(void **state)
{
    (void)state;
    const struct step steps[] = {{.answer = REFUSAL(403, "Forbidden", "cannot list pods")}};
    watch(steps, COUNT(steps), "", true);
    /* After the server was away the same is not believed at once. */
    const struct step restarted[] = {{.deed = RESET},
                                     {.answer = REFUSAL(403, "Forbidden", "cannot list pods")},
                                     {.answer = LIST("1", POD("a", "1"))},
                                     {.deed = SILENT}};
    watch(restarted, COUNT(restarted), "+a ", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_passes_is_tried_again),
        cmocka_unit_test(what_does_not_pass_is_told_at_once),
        cmocka_unit_test(nobody_is_told_at_once),
        cmocka_unit_test(an_object_of_ones_own_name_may_exist),
        cmocka_unit_test(retry_after_is_obeyed),
        cmocka_unit_test(patience_has_an_end),
        cmocka_unit_test(a_server_is_away_until_its_controllers_are_back),
        cmocka_unit_test(nobody_there_has_a_patience_of_its_own),
        cmocka_unit_test(a_watch_goes_on_where_it_was),
        cmocka_unit_test(a_forgotten_version_is_listed_anew),
        cmocka_unit_test(a_watch_that_is_refused_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

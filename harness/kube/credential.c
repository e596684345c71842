/* SPDX-License-Identifier: Apache-2.0
 *
 * The identity of a client over time.
 */
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "credential.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/log.h"
#include "plugin.h"

/* For a plugin to answer; with a terminal a person may have to log in. */
#define PLUGIN_TIMEOUT_MS 60000
#define DIALOGUE_TIMEOUT_MS 300000
/* A plugin that failed is not run again at once by whoever comes next. */
#define FAILURE_KEPT_MS 5000

struct credential_wait {
    struct credential *credential;
    struct credential_wait *next, **link;
    void (*ready)(void *context, const struct error *err);
    void *context;
};

struct credential {
    const struct kube *kube;
    const struct kube_access *access;
    struct credential_wait *waits;
    unsigned generation;
    struct secret *file_token; /* what the token file held last */
    /* of a plugin */
    struct plugin_run *run;
    struct plugin_credential given;
    bool has_given,
        telling; /* one that has expired already is good for those who waited for it, as in client-go */
    struct error *failure; /* the last one, told until failure_until_ms */
    int64_t failure_until_ms;
    struct timer *delivery; /* of that failure */
};

struct credential *credential_new(const struct kube *kube)
{
    struct credential *credential = xcalloc(1, sizeof *credential);
    credential->kube = kube;
    credential->access = kube->access;
    return credential;
}

/* The wait that stands at this place of a list. */
static void wait_free(struct credential_wait **link)
{
    struct credential_wait *wait = *link;
    *link = wait->next;
    if (wait->next)
        wait->next->link = link;
    free(wait);
}

void credential_free(struct credential *credential)
{
    if (!credential)
        return;
    while (credential->waits)
        wait_free(&credential->waits);
    plugin_run_cancel(&credential->run);
    timer_cancel(&credential->delivery);
    plugin_credential_release(&credential->given);
    secret_free(credential->file_token);
    error_free(credential->failure);
    free(credential);
}

static bool is_valid(const struct credential *credential)
{
    return credential->has_given &&
           (credential->given.expires_ms == 0 || clock_wall_ms() <= credential->given.expires_ms);
}

bool credential_ready(struct credential *credential)
{
    return !credential->access->plugin || credential->telling || is_valid(credential);
}

/* A callback may cancel other waits, and start new ones: these wait for the next answer. */
static void tell_waits(struct credential *credential, const struct error *err)
{
    struct credential_wait *told = credential->waits;
    credential->waits = NULL;
    if (told)
        told->link = &told;
    while (told) {
        struct credential_wait *wait = told;
        void (*ready)(void *, const struct error *) = wait->ready;
        void *context = wait->context;
        wait_free(&told);
        ready(context, err);
    }
}

static void on_answer(void *context, struct plugin_credential *given, const struct error *err)
{
    struct credential *credential = context;
    credential->run = NULL;
    if (err) {
        error_free(credential->failure);
        credential->failure = error_copy(err);
        credential->failure_until_ms = clock_monotonic_ms() + FAILURE_KEPT_MS;
    } else {
        plugin_credential_release(&credential->given);
        credential->given = *given;
        credential->has_given = true;
        credential->generation++;
        log_info("credential plugin %s: a new %s", credential->access->plugin->command,
                 given->certificate_pem ? "certificate" : "token");
    }
    credential->telling = !err;
    tell_waits(credential, err);
    credential->telling = false;
}

static void tell_failure(void *context)
{
    struct credential *credential = context;
    credential->delivery = NULL;
    cleanup_error struct error *err = error_copy(credential->failure);
    tell_waits(credential, err);
}

static void renew(struct credential *credential)
{
    const struct kube_access *access = credential->access;
    bool dialogue = access->plugin->mode != PLUGIN_NEVER && isatty(STDIN_FILENO) == 1;
    int64_t timeout_ms = access->request_timeout_ms ? access->request_timeout_ms
                         : dialogue                 ? DIALOGUE_TIMEOUT_MS
                                                    : PLUGIN_TIMEOUT_MS;
    if (credential->run || credential->delivery)
        return;
    if (credential->failure && clock_monotonic_ms() < credential->failure_until_ms)
        credential->delivery = timer_start(credential->kube->loop, 0, tell_failure, credential);
    else
        credential->run =
            plugin_run_start(credential->kube->loop, access->plugin, timeout_ms, on_answer, credential);
}

struct credential_wait *credential_wait(struct credential *credential,
                                        void (*ready)(void *context, const struct error *err), void *context)
{
    struct credential_wait *wait = xcalloc(1, sizeof *wait);
    wait->credential = credential;
    wait->ready = ready;
    wait->context = context;
    wait->next = credential->waits;
    wait->link = &credential->waits;
    if (wait->next)
        wait->next->link = &wait->next;
    credential->waits = wait;
    renew(credential);
    return wait;
}

void credential_wait_cancel(struct credential_wait **wait)
{
    if (*wait)
        wait_free((*wait)->link);
    *wait = NULL;
}

/* --- headers --- */

static char *bearer(const struct secret *token)
{
    return xasprintf("Authorization: Bearer %s", secret_reveal(token));
}

static char *basic(const struct kube_access *access)
{
    const char *password = access->password ? secret_reveal(access->password) : "";
    char *pair = xasprintf("%s:%s", access->username, password);
    size_t length = strlen(pair);
    char *encoded = xcalloc(4 * ((length + 2) / 3) + 1, 1);
    EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)pair, (int)length);
    char *header = xasprintf("Authorization: Basic %s", encoded);
    secret_wipe(pair, length);
    secret_wipe(encoded, strlen(encoded));
    free(pair);
    free(encoded);
    return header;
}

static bool same(const struct secret *a, const struct secret *b)
{
    return a && b && secret_length(a) == secret_length(b) &&
           memcmp(secret_reveal(a), secret_reveal(b), secret_length(a)) == 0;
}

/* Reads the file again. While it cannot be read, what it held last counts, else the kubeconfig's own token,
 * as in client-go. */
static const struct secret *current_file_token(struct credential *credential, struct error **err)
{
    cleanup_error struct error *unread = NULL;
    struct secret *token = kubeconfig_read_token_file(credential->access->token_file, &unread);
    if (same(token, credential->file_token)) {
        secret_free(token);
    } else if (token) {
        secret_free(credential->file_token);
        credential->file_token = token;
        credential->generation++;
    }
    if (credential->file_token)
        return credential->file_token;
    if (credential->access->token)
        return credential->access->token;
    *err = steal(&unread);
    return NULL;
}

char *credential_authorization(struct credential *credential, struct error **err)
{
    const struct kube_access *access = credential->access;
    const struct secret *token = access->token;
    if (access->plugin)
        token = credential->given.token;
    else if (access->token_file && !(token = current_file_token(credential, err)))
        return NULL;
    if (token)
        return bearer(token);
    return access->username ? basic(access) : NULL;
}

const char *credential_certificate(const struct credential *credential)
{
    return credential->access->plugin ? credential->given.certificate_pem
                                      : credential->access->client_certificate_pem;
}

const struct secret *credential_key(const struct credential *credential)
{
    return credential->access->plugin ? credential->given.key_pem : credential->access->client_key_pem;
}

unsigned credential_generation(const struct credential *credential)
{
    return credential->generation;
}

bool credential_refused(struct credential *credential, unsigned generation)
{
    cleanup_error struct error *ignored = NULL;
    if (credential->access->plugin) {
        if (generation == credential->generation)
            credential->has_given = false; /* whoever needs one waits for a new one */
        return true;
    }
    if (credential->access->token_file)
        current_file_token(credential, &ignored);
    return generation != credential->generation;
}

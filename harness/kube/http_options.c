/* SPDX-License-Identifier: Apache-2.0
 *
 * What libcurl is told of a transfer: options, TLS, proxy, headers.
 */
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "credential.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/version.h"
#include "http_transfer.h"

#define CONNECT_TIMEOUT_MS 10000L
/* A peer that is gone without a word, its network cut or its machine off, is noticed after about this. */
#define DEAD_AFTER_MS 30000
#define PROBE_AFTER_S 10
#define PROBE_EVERY_S 5

void http_wipe_headers(struct http_transfer *transfer)
{
    for (struct curl_slist *header = transfer->headers; header; header = header->next)
        secret_wipe(header->data, strlen(header->data));
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

static struct curl_blob blob_of(const char *bytes, size_t length)
{
    return (struct curl_blob){.data = (void *)bytes, .len = length, .flags = CURL_BLOB_COPY};
}

static void set_tls(CURL *easy, const struct kube_access *access)
{
    if (access->ca_pem) {
        struct curl_blob authorities = blob_of(access->ca_pem, strlen(access->ca_pem));
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &authorities);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (access->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* The environment is not asked again: an empty proxy is none. Clients in Go verify a proxy by the cluster's
 * authorities, so these count here beside the system's. */
static void set_proxy(CURL *easy, const struct kube_access *access)
{
    curl_easy_setopt(easy, CURLOPT_PROXY, access->proxy_url ? secret_reveal(access->proxy_url) : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    if (access->ca_pem) {
        struct curl_blob authorities = blob_of(access->ca_pem, strlen(access->ca_pem));
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO_BLOB, &authorities);
    }
    if (access->insecure) {
        curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
    }
}

/* Where the URL's host is the name to verify (tls-server-name), the connection still goes to the server's
 * address. */
static void set_url(struct http_transfer *transfer, const struct http_request *request)
{
    const struct kube_access *access = transfer->http->access;
    const char *name = access->tls_server_name ? access->tls_server_name : access->host;
    bool bracket = strchr(name, ':') != NULL;
    cleanup_free char *url =
        xasprintf("%s://%s%s%s:%u%s%s", access->tls ? "https" : "http", bracket ? "[" : "", name,
                  bracket ? "]" : "", access->port, access->path_prefix, request->path);
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    if (!access->tls_server_name)
        return;
    bool bracket_host = strchr(access->host, ':') != NULL;
    cleanup_free char *target = xasprintf("::%s%s%s:%u", bracket_host ? "[" : "", access->host,
                                          bracket_host ? "]" : "", access->port);
    cleanup_free char *host = xasprintf("Host: %s", target + strlen("::"));
    transfer->connect_to = curl_slist_append(NULL, target);
    strings_add(&transfer->fixed_headers, host);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_TO, transfer->connect_to);
}

static void fix_headers(struct http_transfer *transfer, const struct http_request *request)
{
    const struct kube_access *access = transfer->http->access;
    cleanup_free char *type =
        xasprintf("Content-Type: %s", request->content_type ? request->content_type : "application/json");
    strings_add(&transfer->fixed_headers, "Accept: application/json");
    strings_add(&transfer->fixed_headers, "Expect:");
    if (request->body)
        strings_add(&transfer->fixed_headers, type);
    strings_add_all(&transfer->fixed_headers, &access->impersonation);
}

int http_set_credential(struct http_transfer *transfer, struct error **err)
{
    struct credential *credential = transfer->http->kube->credential;
    char *authorization = credential_authorization(credential, err);
    if (!authorization && *err)
        return -1;
    transfer->generation = credential_generation(credential);
    http_wipe_headers(transfer);
    for (size_t i = 0; i < transfer->fixed_headers.count; i++)
        transfer->headers = curl_slist_append(transfer->headers, transfer->fixed_headers.items[i]);
    if (authorization) {
        transfer->headers = curl_slist_append(transfer->headers, authorization);
        secret_wipe(authorization, strlen(authorization));
        free(authorization);
    }
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
    const char *pem = credential_certificate(credential);
    if (!pem)
        return 0;
    const struct secret *key_pem = credential_key(credential);
    struct curl_blob certificate = blob_of(pem, strlen(pem));
    struct curl_blob key = blob_of(secret_reveal(key_pem), secret_length(key_pem));
    curl_easy_setopt(transfer->easy, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(transfer->easy, CURLOPT_SSLKEY_BLOB, &key);
    return 0;
}

/* Probes where nothing is under way, and a limit for what is sent and not acknowledged. */
static int on_socket_made(void *context, curl_socket_t made, curlsocktype purpose)
{
    (void)context, (void)purpose;
    const int on = 1, after_s = PROBE_AFTER_S, every_s = PROBE_EVERY_S, dead_ms = DEAD_AFTER_MS;
    const int probes = (DEAD_AFTER_MS / 1000 - PROBE_AFTER_S) / PROBE_EVERY_S;
    setsockopt(made, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(made, IPPROTO_TCP, TCP_KEEPIDLE, &after_s, sizeof after_s);
    setsockopt(made, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
    setsockopt(made, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(made, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof dead_ms);
    return CURL_SOCKOPT_OK;
}

void http_set_options(struct http_transfer *transfer, const struct http_request *request)
{
    CURL *easy = transfer->easy;
    const struct kube_access *access = transfer->http->access;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->failure);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    cleanup_free char *agent = xasprintf("gvisor-smoke/%s", version_number);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    set_proxy(easy, access);
    if (request->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->body));
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
    }
}

void http_set_target(struct http_transfer *transfer, const struct http_request *request)
{
    set_url(transfer, request);
    set_tls(transfer->easy, transfer->http->access);
    fix_headers(transfer, request);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections through the proxy that libcurl only makes, for somebody else to use.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "http_transfer.h"

/* The URL is plain: whoever uses the connection does TLS over it himself. */
struct http_transfer *http_tunnel_start(struct http *http,
                                        void (*on_connected)(void *context, const struct http_result *result),
                                        void *context)
{
    const struct http_request request = {
        .method = "CONNECT", .path = "", .on_end = on_connected, .context = context};
    struct http_transfer *transfer = http_transfer_new(http, &request);
    const struct kube_access *access = http->access;
    bool bracket = strchr(access->host, ':') != NULL;
    cleanup_free char *url =
        xasprintf("http://%s%s%s:%u/", bracket ? "[" : "", access->host, bracket ? "]" : "", access->port);
    transfer->tunnel = true;
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_multi_add_handle(http->multi, transfer->easy);
    return transfer;
}

int http_tunnel_socket(const struct http_transfer *tunnel)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(tunnel->easy, CURLINFO_ACTIVESOCKET, &socket);
    return socket;
}

ssize_t http_tunnel_send(struct http_transfer *tunnel, const char *bytes, size_t length)
{
    size_t sent = 0;
    CURLcode code = curl_easy_send(tunnel->easy, bytes, length, &sent);
    return code == CURLE_OK ? (ssize_t)sent : code == CURLE_AGAIN ? 0 : -1;
}

ssize_t http_tunnel_receive(struct http_transfer *tunnel, char *bytes, size_t length)
{
    size_t received = 0;
    CURLcode code = curl_easy_recv(tunnel->easy, bytes, length, &received);
    if (code == CURLE_AGAIN)
        return 0;
    return code == CURLE_OK && received > 0 ? (ssize_t)received : -1;
}

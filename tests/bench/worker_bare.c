/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker of the benchmark (worker.h) that does no more than an exec needs: a TCP connection, TLS 1.3 by
 * OpenSSL, the upgrade, frames read in place, blocking. It checks nothing but the status. What a client costs
 * beyond this is its own.
 *
 *     worker_bare [--resume] NAMESPACE POD CONTAINER     --resume: with the last session's ticket
 */
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/kubeconfig.h"
#include "worker.h"

/* Both are taken as they are; a server looks at neither but for its form. */
#define KEY "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"

struct place {
    SSL_CTX *tls;
    SSL_SESSION *session;
    bool resume;
    struct sockaddr_storage address;
    socklen_t address_length;
    char *host, *path;
};

/* Bytes that were read and not used yet. */
struct stream {
    SSL *ssl;
    size_t begin, end;
    unsigned char bytes[65536];
};

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct place *place = SSL_get_app_data(ssl);
    SSL_SESSION_free(place->session);
    place->session = session;
    return 1;
}

static BIO *memory(const char *text)
{
    return BIO_new_mem_buf(text, (int)strlen(text));
}

static bool make_tls(struct place *place, const struct kube_access *access)
{
    BIO *authorities = memory(access->ca_pem), *certificate = memory(access->client_certificate_pem),
        *key = memory(secret_reveal(access->client_key_pem));
    X509 *authority = PEM_read_bio_X509(authorities, NULL, NULL, NULL);
    X509 *own = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
    EVP_PKEY *secret = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    place->tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(place->tls, SSL_VERIFY_PEER, NULL);
    bool made = authority && own && secret &&
                X509_STORE_add_cert(SSL_CTX_get_cert_store(place->tls), authority) == 1 &&
                SSL_CTX_use_certificate(place->tls, own) == 1 &&
                SSL_CTX_use_PrivateKey(place->tls, secret) == 1;
    SSL_CTX_set_session_cache_mode(place->tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    if (place->resume)
        SSL_CTX_sess_set_new_cb(place->tls, on_session);
    X509_free(authority);
    X509_free(own);
    EVP_PKEY_free(secret);
    BIO_free(authorities);
    BIO_free(certificate);
    BIO_free(key);
    return made;
}

static bool find_address(struct place *place, const struct kube_access *access)
{
    cleanup_free char *port = xasprintf("%u", access->port);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(access->host, port, &hints, &found) != 0)
        return false;
    memcpy(&place->address, found->ai_addr, found->ai_addrlen);
    place->address_length = found->ai_addrlen;
    place->host = xasprintf("%s:%s", access->host, port);
    freeaddrinfo(found);
    return true;
}

/* --- one exec --- */

static SSL *connect_tls(struct place *place)
{
    int fd = socket(place->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&place->address, place->address_length) < 0) {
        close(fd);
        return NULL;
    }
    SSL *ssl = SSL_new(place->tls);
    SSL_set_app_data(ssl, place);
    SSL_set_fd(ssl, fd);
    if (place->session)
        SSL_set_session(ssl, place->session);
    if (SSL_connect(ssl) == 1)
        return ssl;
    SSL_free(ssl);
    close(fd);
    return NULL;
}

static bool fill(struct stream *stream)
{
    if (stream->begin == stream->end)
        stream->begin = stream->end = 0;
    int length =
        SSL_read(stream->ssl, stream->bytes + stream->end, (int)(sizeof stream->bytes - stream->end));
    stream->end += length > 0 ? (size_t)length : 0;
    return length > 0;
}

static bool need(struct stream *stream, size_t length)
{
    if (stream->end - stream->begin < length && stream->begin > 0) {
        memmove(stream->bytes, stream->bytes + stream->begin, stream->end - stream->begin);
        stream->end -= stream->begin;
        stream->begin = 0;
    }
    while (stream->end - stream->begin < length)
        if (!fill(stream))
            return false;
    return true;
}

static bool upgrade(const struct place *place, struct stream *stream)
{
    cleanup_free char *request =
        xasprintf("GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n",
                  place->path, place->host);
    if (SSL_write(stream->ssl, request, (int)strlen(request)) <= 0)
        return false;
    unsigned char *end;
    do {
        if (!fill(stream))
            return false;
        end = memmem(stream->bytes, stream->end, "\r\n\r\n", 4);
    } while (!end);
    stream->begin = (size_t)(end - stream->bytes) + 4;
    return memcmp(stream->bytes, "HTTP/1.1 101", 12) == 0;
}

/* Reads frames until the server closes; true when the status was "Success". */
static bool read_frames(struct stream *stream, struct outcome *outcome)
{
    bool success = false;
    while (need(stream, 2)) {
        const unsigned char *head = stream->bytes + stream->begin;
        int kind = head[0] & 15, size = head[1] & 127;
        size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0, length = extra ? 0 : (size_t)size;
        if (kind == 8 || !need(stream, 2 + extra))
            break;
        for (size_t i = 0; i < extra; i++)
            length = length << 8 | stream->bytes[stream->begin + 2 + i];
        stream->begin += 2 + extra;
        if (length > sizeof stream->bytes || !need(stream, length))
            return false;
        const char *payload = (const char *)stream->bytes + stream->begin;
        if (length > 1 && payload[0] == 1)
            outcome_take(outcome, payload + 1, length - 1);
        if (length > 1 && payload[0] == 3)
            success = memmem(payload, length, "\"Success\"", 9) != NULL;
        stream->begin += length;
    }
    return success;
}

static void do_it(void *context, char **words, struct outcome *outcome)
{
    struct place *place = context;
    static struct stream stream;
    stream = (struct stream){.ssl = strcmp(words[0], "exec") == 0 ? connect_tls(place) : NULL};
    if (!stream.ssl || !upgrade(place, &stream) || !read_frames(&stream, outcome))
        outcome_fail(outcome, stream.ssl ? "the exec failed" : "no connection, or an unknown request");
    if (!stream.ssl)
        return;
    if (!*outcome->problem && place->resume)
        SSL_set_shutdown(stream.ssl,
                         SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* or the session counts as bad */
    int fd = SSL_get_fd(stream.ssl);
    SSL_free(stream.ssl);
    close(fd);
}

int main(int count, char **words)
{
    struct place place = {.resume = count == 5 && strcmp(words[1], "--resume") == 0};
    char **where = words + count - 3;
    cleanup_error struct error *err = NULL;
    const struct kubeconfig_options options = {0};
    if (count != 4 + place.resume) {
        fprintf(stderr, "usage: worker_bare [--resume] NAMESPACE POD CONTAINER\n");
        return 2;
    }
    struct kube_access *access = kube_access_load(&options, &err);
    if (!access || !access->ca_pem || !access->client_certificate_pem || !find_address(&place, access) ||
        !make_tls(&place, access)) {
        fprintf(stderr, "worker_bare: %s\n",
                err ? err->message : "it needs an address, authorities and a client certificate");
        return 3;
    }
    place.path =
        xasprintf("/api/v1/namespaces/%s/pods/%s/exec?stdout=true&stderr=true&container=%s&command=true",
                  where[0], where[1], where[2]);
    worker_serve(do_it, &place);
    SSL_SESSION_free(place.session);
    SSL_CTX_free(place.tls);
    free(place.host);
    free(place.path);
    kube_access_free(access);
    return 0;
}

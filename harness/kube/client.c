/* SPDX-License-Identifier: Apache-2.0
 *
 * A client: its TLS context, its parts.
 */
#include <string.h>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "client.h"
#include "credential.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "pace.h"

/* Above 100 streams curl would open one more connection for each request. Where there is only HTTP/1.1, each
 * watch has one of its own, and requests need some beside them. */
#define CONNECTIONS_MAX 16L

static int tls_fail(struct error **err, const char *what)
{
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    ERR_clear_error();
    error_set(err, ERROR_USAGE, "%s: %s", what, reason);
    return -1;
}

static int add_authorities(SSL_CTX *tls, const char *pem, struct error **err)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509_STORE *store = SSL_CTX_get_cert_store(tls);
    int added = 0;
    for (X509 *authority; (authority = PEM_read_bio_X509(bio, NULL, NULL, NULL)); added++) {
        X509_STORE_add_cert(store, authority);
        X509_free(authority);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (added == 0)
        return tls_fail(err, "the certificate authority of the cluster holds no certificate");
    return 0;
}

/* The first certificate is the client's, what follows are its intermediates. */
static int use_certificates(SSL_CTX *tls, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    int good = certificate && SSL_CTX_use_certificate(tls, certificate) == 1;
    X509_free(certificate);
    SSL_CTX_clear_extra_chain_certs(tls);
    for (X509 *next; good && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL));)
        SSL_CTX_add_extra_chain_cert(tls, next);
    BIO_free(bio);
    return good ? 0 : -1;
}

int client_tls_identity(SSL_CTX *tls, const char *certificate_pem, const struct secret *key_pem,
                        struct error **err)
{
    if (use_certificates(tls, certificate_pem) < 0)
        return tls_fail(err, "the client certificate cannot be used");
    ERR_clear_error();
    BIO *bio = BIO_new_mem_buf(secret_reveal(key_pem), (int)secret_length(key_pem));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
    BIO_free(bio);
    bool good = key && SSL_CTX_use_PrivateKey(tls, key) == 1;
    EVP_PKEY_free(key);
    return good ? 0 : tls_fail(err, "the client key cannot be used");
}

/* The name that is asked for (SNI) and verified. */
static const char *server_name(const struct kube_access *access)
{
    return access->tls_server_name ? access->tls_server_name : access->host;
}

static bool is_address(const char *name)
{
    unsigned char binary[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, binary) == 1 || inet_pton(AF_INET6, name, binary) == 1;
}

/* libwebsockets asks for the host that stands in its Host header, also when that is an address. */
static void on_handshake(const SSL *tls, int where, int result)
{
    (void)result;
    const struct kube_access *access = SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls));
    const char *name = server_name(access);
    if (where & SSL_CB_HANDSHAKE_START)
        SSL_ctrl((SSL *)tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 is_address(name) ? NULL : (void *)name);
}

static void expect_host(SSL_CTX *tls, const struct kube_access *access)
{
    const char *name = server_name(access);
    SSL_CTX_set_app_data(tls, (void *)access);
    SSL_CTX_set_info_callback(tls, on_handshake);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(tls);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name) != 1)
        X509_VERIFY_PARAM_set1_host(param, name, 0);
}

SSL_CTX *client_tls_context(const struct kube_access *access, struct error **err)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (!tls) {
        tls_fail(err, "cannot make a TLS context");
        return NULL;
    }
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls, access->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    expect_host(tls, access);
    int failed = access->ca_pem ? add_authorities(tls, access->ca_pem, err)
                                : (SSL_CTX_set_default_verify_paths(tls) == 1 ? 0 : -1);
    if (failed == 0)
        return tls;
    SSL_CTX_free(tls);
    if (!*err)
        tls_fail(err, "cannot load the system's certificate authorities");
    return NULL;
}

struct kube *kube_new(struct loop *loop, const struct kube_access *access, struct error **err)
{
    struct kube *kube = xcalloc(1, sizeof *kube);
    kube->loop = loop;
    kube->uv = loop_native(loop);
    kube->access = access;
    kube->credential = credential_new(kube);
    kube->pace = pace_new(loop, PACE_PER_SECOND, PACE_BURST);
    kube->http = http_new(kube, CONNECTIONS_MAX, err);
    if (kube->http)
        return kube;
    kube_free(kube);
    return NULL;
}

void kube_free(struct kube *kube)
{
    if (!kube)
        return;
    exec_pool_free(kube->exec_pool);
    http_free(kube->http);
    pace_free(kube->pace);
    credential_free(kube->credential);
    free(kube);
}

void kube_hurry(struct kube *kube, int64_t within_ms)
{
    int64_t until_ms = clock_monotonic_ms() + within_ms;
    if (!kube->hurry_ms || until_ms < kube->hurry_ms)
        kube->hurry_ms = until_ms;
}

bool kube_is_in_doubt(const struct kube *kube)
{
    return http_is_in_doubt(kube->http);
}

int64_t kube_calm_ms(const struct kube *kube)
{
    return http_calm_ms(kube->http);
}

void kube_interrupt(struct kube *kube)
{
    kube->interrupted = kube->waiting;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The TLS of the exec connections.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "gvisor-smoke/cleanup.h"
#include "tls.h"

static int tls_fail(struct error **err, const char *what)
{
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    ERR_clear_error();
    error_set(err, ERROR_USAGE, "%s: %s", what, reason);
    return -1;
}

static int add_authorities(SSL_CTX *context, const char *pem, struct error **err)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
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

/* --- the client's certificate --- */

static void drop_session(struct tls *tls)
{
    SSL_SESSION_free(tls->session);
    tls->session = NULL;
}

static void drop_identity(struct tls *tls)
{
    drop_session(tls);
    X509_free(tls->certificate);
    sk_X509_pop_free(tls->intermediates, X509_free);
    EVP_PKEY_free(tls->key);
    tls->certificate = NULL;
    tls->intermediates = NULL;
    tls->key = NULL;
}

/* The first certificate is the client's, what follows are its intermediates. */
static void read_certificates(struct tls *tls, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    tls->certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    tls->intermediates = sk_X509_new_null();
    for (X509 *next; tls->certificate && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL));)
        sk_X509_push(tls->intermediates, next);
    BIO_free(bio);
}

static void read_key(struct tls *tls, const struct secret *pem)
{
    BIO *bio = BIO_new_mem_buf(secret_reveal(pem), (int)secret_length(pem));
    tls->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
    BIO_free(bio);
}

static bool use_certificates(const struct tls *tls, SSL *connection)
{
    return tls->certificate && SSL_use_certificate(connection, tls->certificate) == 1 &&
           SSL_set1_chain(connection, tls->intermediates) == 1;
}

static bool use_key(const struct tls *tls, SSL *connection)
{
    return tls->key && SSL_use_PrivateKey(connection, tls->key) == 1;
}

int tls_identify(struct tls *tls, const char *certificate_pem, const struct secret *key_pem,
                 struct error **err)
{
    drop_identity(tls);
    if (!certificate_pem)
        return 0;
    SSL *trial = SSL_new(tls->context); /* what a connection would say of them */
    int result = 0;
    read_certificates(tls, certificate_pem);
    if (!use_certificates(tls, trial))
        result = tls_fail(err, "the client certificate cannot be used");
    ERR_clear_error();
    read_key(tls, key_pem);
    if (result == 0 && !use_key(tls, trial))
        result = tls_fail(err, "the client key cannot be used");
    ERR_clear_error();
    SSL_free(trial);
    if (result < 0)
        drop_identity(tls);
    return result;
}

/* --- the session --- */

void tls_forget_session(struct tls *tls)
{
    if (tls)
        drop_session(tls);
}

/* A certificate that another one has replaced is not the newest's, whatever stands in it. */
static bool has_identity(const struct tls *tls, const SSL *connection)
{
    return SSL_get_certificate(connection) == tls->certificate;
}

/* The server gives a new ticket with each connection. What is kept is a copy: when a connection breaks off,
 * OpenSSL marks the session that it has as one that is not to be resumed. */
static int on_session(SSL *connection, SSL_SESSION *session)
{
    struct tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection));
    bool verified = tls->access->insecure || SSL_get_verify_result(connection) == X509_V_OK;
    if (verified && has_identity(tls, connection)) {
        drop_session(tls);
        tls->session = SSL_SESSION_dup(session);
    }
    return 0; /* it remains the connection's */
}

static void offer_session(const struct tls *tls, SSL *connection)
{
    if (!tls->session)
        return;
    SSL_SESSION *copy = SSL_SESSION_dup(tls->session);
    if (copy)
        SSL_set_session(connection, copy);
    SSL_SESSION_free(copy);
}

/* --- the server's name --- */

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

/* libwebsockets makes the connection, so the start of its handshake is where it can be prepared. It asks for
 * the host that stands in its Host header, also when that is an address. */
static void on_handshake(const SSL *connection, int where, int result)
{
    (void)result;
    if (!(where & SSL_CB_HANDSHAKE_START) || SSL_get_session(connection))
        return; /* a renegotiation, or no start */
    const struct tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection));
    const char *name = server_name(tls->access);
    SSL_ctrl((SSL *)connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             is_address(name) ? NULL : (void *)name);
    if (tls->certificate && !(use_certificates(tls, (SSL *)connection) && use_key(tls, (SSL *)connection)))
        ERR_clear_error(); /* it was tried, so there is no memory: the server will say whom it misses */
    offer_session(tls, (SSL *)connection);
}

static void expect_host(SSL_CTX *context, const struct kube_access *access)
{
    const char *name = server_name(access);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name) != 1)
        X509_VERIFY_PARAM_set1_host(param, name, 0);
}

/* --- its life --- */

struct tls *tls_new(const struct kube_access *access, struct error **err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) {
        tls_fail(err, "cannot make a TLS context");
        return NULL;
    }
    struct tls *tls = xcalloc(1, sizeof *tls);
    tls->context = context;
    tls->access = access;
    SSL_CTX_set_app_data(context, tls);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, access->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    expect_host(context, access);
    SSL_CTX_set_info_callback(context, on_handshake);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_session);
    int failed = access->ca_pem ? add_authorities(context, access->ca_pem, err)
                                : (SSL_CTX_set_default_verify_paths(context) == 1 ? 0 : -1);
    if (failed == 0)
        return tls;
    tls_free(tls);
    if (!*err)
        tls_fail(err, "cannot load the system's certificate authorities");
    return NULL;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    drop_identity(tls);
    SSL_CTX_free(tls->context);
    free(tls);
}

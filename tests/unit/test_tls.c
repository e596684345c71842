/* SPDX-License-Identifier: Apache-2.0
 *
 * The TLS of the exec connections against a server in the same process: which connection resumes the session
 * of an earlier one, and which may not.
 */
#include "unit.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "gvisor-smoke/certificate.h"
#include "kube/tls.h"

#define HOURS 6

static struct certificate_pair server_pair, other_pair, client_pair, rotated_pair;

static struct certificate_pair make(const char *name)
{
    cleanup_strings struct strings names = strings_split(name, " ");
    struct certificate_pair pair = {0};
    struct error *err = NULL;
    assert_int_equal(certificate_make(&pair, &names, HOURS, &err), 0);
    return pair;
}

static char *pem_of(BIO *bio)
{
    char *bytes;
    long length = BIO_get_mem_data(bio, &bytes);
    char *pem = xstrndup(bytes, (size_t)length);
    BIO_free(bio);
    return pem;
}

/* One that has signed itself. */
static struct certificate_pair make_rsa(void)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *certificate = X509_new();
    BIO *certificate_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_mem());
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    PEM_write_bio_X509(certificate_text, certificate);
    PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL);
    cleanup_free char *key_pem = pem_of(key_text);
    struct certificate_pair pair = {.certificate_pem = pem_of(certificate_text),
                                    .key_pem = secret_new(key_pem, strlen(key_pem))};
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pair;
}

/* --- the server's side --- */

static int accept_any(int verified, X509_STORE_CTX *store)
{
    (void)verified, (void)store;
    return 1;
}

/* Each has keys of its own for its tickets, and refuses those of all others. */
static SSL_CTX *server_new(const struct certificate_pair *pair, int version)
{
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    BIO *certificate_text = BIO_new_mem_buf(pair->certificate_pem, -1);
    BIO *key_text = BIO_new_mem_buf(secret_reveal(pair->key_pem), (int)secret_length(pair->key_pem));
    X509 *certificate = PEM_read_bio_X509(certificate_text, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_text, NULL, NULL, NULL);
    assert_int_equal(SSL_CTX_use_certificate(server, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server, key), 1);
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_set_session_id_context(server, (const unsigned char *)"test", 4);
    SSL_CTX_set_max_proto_version(server, version);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_text);
    BIO_free(key_text);
    return server;
}

/* --- a connection --- */

struct connection {
    SSL *client, *server;
    bool made;
};

static struct connection connection_begin(const struct tls *tls, SSL_CTX *server)
{
    struct connection connection = {.client = SSL_new(tls->context), .server = SSL_new(server)};
    BIO *near, *far;
    assert_int_equal(BIO_new_bio_pair(&near, 0, &far, 0), 1);
    SSL_set_bio(connection.client, near, near);
    SSL_set_bio(connection.server, far, far);
    SSL_set_connect_state(connection.client);
    SSL_set_accept_state(connection.server);
    return connection;
}

/* What a TLS 1.3 server says first comes behind its tickets. */
static void connection_make(struct connection *connection)
{
    int near = 0, far = 0;
    for (int round = 0; round < 20 && (near != 1 || far != 1); round++) {
        near = SSL_do_handshake(connection->client);
        far = SSL_do_handshake(connection->server);
    }
    connection->made = near == 1 && far == 1;
}

static void connection_hear(const struct connection *connection)
{
    char byte = 'x';
    assert_int_equal(SSL_write(connection->server, &byte, 1), 1);
    assert_int_equal(SSL_read(connection->client, &byte, 1), 1);
}

/* Breaks off without TLS' own end, as a connection does that is lost. */
static void connection_free(struct connection *connection)
{
    SSL_free(connection->client);
    SSL_free(connection->server);
}

enum meeting { REFUSED, ANEW, RESUMED };

static enum meeting meet(const struct tls *tls, SSL_CTX *server)
{
    struct connection connection = connection_begin(tls, server);
    connection_make(&connection);
    if (connection.made)
        connection_hear(&connection);
    enum meeting meeting = !connection.made                             ? REFUSED
                           : SSL_session_reused(connection.server) == 1 ? RESUMED
                                                                        : ANEW;
    connection_free(&connection);
    return meeting;
}

/* --- the client's side --- */

static struct kube_access access_of(const struct certificate_pair *pair)
{
    return (struct kube_access){.host = (char *)"server", .ca_pem = pair->ca_pem};
}

static void identify(struct tls *tls, const struct certificate_pair *pair)
{
    struct error *err = NULL;
    assert_int_equal(tls_identify(tls, pair->certificate_pem, pair->key_pem, &err), 0);
}

/* What every test has: a client and its server. */
struct place {
    struct kube_access access;
    struct tls *tls;
    SSL_CTX *server;
};

static int set_up(void **state)
{
    static struct place place;
    struct error *err = NULL;
    place.access = access_of(&server_pair);
    place.tls = tls_new(&place.access, &err);
    place.server = server_new(&server_pair, 0);
    *state = &place;
    return place.tls ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    tls_free(place->tls);
    SSL_CTX_free(place->server);
    return 0;
}

/* --- tests --- */

static void test_resumes(void **state)
{
    struct place *place = *state;
    identify(place->tls, &client_pair);
    assert_int_equal(meet(place->tls, place->server), ANEW);
    for (int i = 0; i < 3; i++)
        assert_int_equal(meet(place->tls, place->server), RESUMED);
    tls_forget_session(place->tls);
    assert_int_equal(meet(place->tls, place->server), ANEW);
}

/* Several are open at once, and all have the last ticket. */
static void test_resumes_many(void **state)
{
    struct place *place = *state;
    struct connection connections[8];
    assert_int_equal(meet(place->tls, place->server), ANEW);
    for (size_t i = 0; i < COUNT(connections); i++) {
        connections[i] = connection_begin(place->tls, place->server);
        connection_make(&connections[i]);
        assert_true(connections[i].made);
        assert_int_equal(SSL_session_reused(connections[i].server), 1);
    }
    for (size_t i = 0; i < COUNT(connections); i++)
        connection_free(&connections[i]); /* none has heard of its own ticket */
    assert_int_equal(meet(place->tls, place->server), RESUMED);
}

static void test_resumes_tls_1_2(void **state)
{
    struct place *place = *state;
    SSL_CTX *old = server_new(&server_pair, TLS1_2_VERSION);
    identify(place->tls, &client_pair);
    assert_int_equal(meet(place->tls, old), ANEW);
    assert_int_equal(meet(place->tls, old), RESUMED);
    assert_int_equal(meet(place->tls, place->server), ANEW); /* it was upgraded */
    assert_int_equal(meet(place->tls, place->server), RESUMED);
    SSL_CTX_free(old);
}

/* Another server of the same cluster, or the same one after a restart. */
static void test_ticket_refused(void **state)
{
    struct place *place = *state;
    SSL_CTX *restarted = server_new(&server_pair, 0);
    identify(place->tls, &client_pair);
    assert_int_equal(meet(place->tls, place->server), ANEW);
    assert_int_equal(meet(place->tls, restarted), ANEW);
    assert_int_equal(meet(place->tls, restarted), RESUMED);
    SSL_CTX_free(restarted);
}

static void test_another_identity(void **state)
{
    struct place *place = *state;
    identify(place->tls, &client_pair);
    assert_int_equal(meet(place->tls, place->server), ANEW);
    assert_int_equal(meet(place->tls, place->server), RESUMED);
    identify(place->tls, &rotated_pair);
    struct connection connection = connection_begin(place->tls, place->server);
    connection_make(&connection);
    assert_true(connection.made);
    assert_int_equal(SSL_session_reused(connection.server), 0);
    X509 *seen = SSL_get1_peer_certificate(connection.server);
    assert_int_equal(X509_cmp(seen, place->tls->certificate), 0);
    X509_free(seen);
    connection_free(&connection);
}

/* Its ticket comes late: it would let the next one in under the earlier certificate. */
static void test_ticket_of_an_earlier_identity(void **state)
{
    struct place *place = *state;
    identify(place->tls, &client_pair);
    struct connection earlier = connection_begin(place->tls, place->server);
    connection_make(&earlier);
    assert_true(earlier.made);
    identify(place->tls, &rotated_pair);
    connection_hear(&earlier);
    connection_free(&earlier);
    assert_null(place->tls->session);
    assert_int_equal(meet(place->tls, place->server), ANEW);
}

/* Who has no certificate any more is nobody's successor: the server would take him for the one before. */
static void test_no_identity_any_more(void **state)
{
    struct place *place = *state;
    struct error *err = NULL;
    identify(place->tls, &client_pair);
    assert_int_equal(meet(place->tls, place->server), ANEW);
    assert_int_equal(tls_identify(place->tls, NULL, NULL, &err), 0);
    struct connection connection = connection_begin(place->tls, place->server);
    connection_make(&connection);
    assert_true(connection.made);
    assert_int_equal(SSL_session_reused(connection.server), 0);
    assert_null(SSL_get0_peer_certificate(connection.server));
    connection_free(&connection);
}

/* A server may take either; only the newest may be shown. */
static void test_another_kind_of_key(void **state)
{
    struct place *place = *state;
    cleanup_certificate struct certificate_pair rsa = make_rsa();
    const struct certificate_pair *pairs[] = {&client_pair, &rsa, &rotated_pair};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        identify(place->tls, pairs[i]);
        struct connection connection = connection_begin(place->tls, place->server);
        connection_make(&connection);
        assert_true(connection.made);
        assert_int_equal(X509_cmp(SSL_get0_peer_certificate(connection.server), place->tls->certificate), 0);
        connection_free(&connection);
    }
}

static void test_key_of_another(void **state)
{
    struct place *place = *state;
    struct error *err = NULL;
    assert_int_equal(tls_identify(place->tls, client_pair.certificate_pem, rotated_pair.key_pem, &err), -1);
    assert_contains(err->message, "the client key cannot be used: ");
    error_free(err);
    err = NULL;
    assert_int_equal(tls_identify(place->tls, "no certificate", client_pair.key_pem, &err), -1);
    assert_contains(err->message, "the client certificate cannot be used: ");
    error_free(err);
    assert_null(place->tls->certificate);
}

static void test_server_not_verified(void **state)
{
    struct place *place = *state;
    SSL_CTX *foreign = server_new(&other_pair, 0);
    assert_int_equal(meet(place->tls, foreign), REFUSED);
    assert_null(place->tls->session);
    /* A ticket is no proof of who takes it. */
    assert_int_equal(meet(place->tls, place->server), ANEW);
    assert_int_equal(meet(place->tls, foreign), REFUSED);
    assert_int_equal(meet(place->tls, place->server), RESUMED);
    SSL_CTX_free(foreign);
}

/* One that does not verify has sessions of its own, and one that does never gets them. */
static void test_insecure_apart(void **state)
{
    struct place *place = *state;
    struct error *err = NULL;
    struct kube_access careless = access_of(&other_pair);
    careless.insecure = true;
    struct tls *tls = tls_new(&careless, &err);
    assert_non_null(tls);
    assert_int_equal(meet(tls, place->server), ANEW);
    assert_int_equal(meet(tls, place->server), RESUMED);
    assert_int_equal(meet(place->tls, place->server), ANEW);
    tls_free(tls);
}

int main(void)
{
    server_pair = make("server");
    other_pair = make("server");
    client_pair = make("client");
    rotated_pair = make("client");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resumes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resumes_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resumes_tls_1_2, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ticket_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ticket_of_an_earlier_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_identity_any_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_kind_of_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_key_of_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_server_not_verified, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_insecure_apart, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    certificate_release(&server_pair);
    certificate_release(&other_pair);
    certificate_release(&client_pair);
    certificate_release(&rotated_pair);
    return failed;
}

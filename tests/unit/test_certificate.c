/* SPDX-License-Identifier: Apache-2.0
 *
 * The fixture's certificates: strict verifiers accept them, for the names asked for and no others.
 */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gvisor-smoke/certificate.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"

#define HOURS 6
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* A pair made for the names, and what OpenSSL reads back from it. */
static struct {
    struct certificate_pair pair;
    X509 *authority, *server;
    EVP_PKEY *key;
} made;

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(certificate);
    return certificate;
}

static EVP_PKEY *read_key(const struct secret *pem)
{
    BIO *bio = BIO_new_mem_buf(secret_reveal(pem), (int)secret_length(pem));
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(key);
    return key;
}

static struct certificate_pair make(const char *names_text)
{
    cleanup_strings struct strings names = strings_split(names_text, " ");
    struct certificate_pair pair = {0};
    struct error *err = NULL;
    assert_int_equal(certificate_make(&pair, &names, HOURS, &err), 0);
    assert_null(err);
    return pair;
}

/* Verifies the server for a purpose at a time from now; returns OpenSSL's code. */
static int verify(X509 *root, X509 *server, const char *purpose, long offset_seconds)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_add_cert(store, root);
    X509_STORE_CTX_init(context, store, server, NULL);
    X509_STORE_CTX_set_default(context, purpose);
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
    X509_STORE_CTX_set_time(context, 0, time(NULL) + offset_seconds);
    X509_verify_cert(context);
    int code = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return code;
}

static void test_signatures(void **state)
{
    (void)state;
    EVP_PKEY *authority_key = X509_get0_pubkey(made.authority);
    assert_int_equal(X509_verify(made.server, authority_key), 1);
    assert_int_equal(X509_verify(made.authority, authority_key), 1);
    assert_int_equal(X509_check_private_key(made.server, made.key), 1);
    assert_int_equal(X509_check_private_key(made.authority, made.key),
                     0); /* the authority's is not handed out */
    assert_true(EVP_PKEY_is_a(made.key, "EC"));
    assert_int_equal(EVP_PKEY_get_bits(made.key), 256);
}

static void test_strict_verification(void **state)
{
    struct certificate_pair stranger = make("fixture");
    X509 *other = read_certificate(stranger.ca_pem);
    (void)state;
    assert_int_equal(verify(made.authority, made.server, "ssl_server", 0), X509_V_OK);
    assert_int_equal(verify(made.authority, made.server, "ssl_client", 0), X509_V_ERR_INVALID_PURPOSE);
    assert_int_not_equal(verify(other, made.server, "ssl_server", 0), X509_V_OK);
    X509_free(other);
    certificate_release(&stranger);
}

static void test_validity(void **state)
{
    (void)state;
    const long hour = 3600;
    assert_int_equal(verify(made.authority, made.server, "ssl_server", -hour + 60), X509_V_OK);
    assert_int_equal(verify(made.authority, made.server, "ssl_server", -hour - 60),
                     X509_V_ERR_CERT_NOT_YET_VALID);
    assert_int_equal(verify(made.authority, made.server, "ssl_server", HOURS * hour - 60), X509_V_OK);
    assert_int_equal(verify(made.authority, made.server, "ssl_server", HOURS * hour + 60),
                     X509_V_ERR_CERT_HAS_EXPIRED);
}

static void test_names(void **state)
{
    static const struct {
        const char *host;
        int matches;
    } hosts[] = {{"fixture", 1},       {"fixture.smoke.svc.cluster.local", 1},
                 {"FIXTURE", 1},       {"a.wild.test", 1},
                 {"a.b.wild.test", 0}, {"wild.test", 0},
                 {"fixture.smoke", 0}, {"gvisor-smoke fixture", 0},
                 {"other", 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(hosts); i++)
        assert_int_equal(X509_check_host(made.server, hosts[i].host, 0, 0, NULL), hosts[i].matches);
    assert_int_equal(X509_check_ip_asc(made.server, "10.96.0.7", 0), 1);
    assert_int_equal(X509_check_ip_asc(made.server, "fd00::7", 0), 1);
    assert_int_equal(X509_check_ip_asc(made.server, "10.96.0.8", 0), 0);
}

static void test_extensions(void **state)
{
    (void)state;
    assert_int_equal(X509_get_version(made.server), X509_VERSION_3);
    assert_true(X509_get_extension_flags(made.authority) & EXFLAG_CA);
    assert_false(X509_get_extension_flags(made.server) & EXFLAG_CA);
    assert_int_equal(X509_get_pathlen(made.authority), 0);
    assert_int_equal(X509_get_key_usage(made.authority), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_int_equal(X509_get_key_usage(made.server), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(made.server), XKU_SSL_SERVER);
    const ASN1_OCTET_STRING *subject = X509_get0_subject_key_id(made.authority);
    const ASN1_OCTET_STRING *issuer = X509_get0_authority_key_id(made.server);
    assert_non_null(X509_get0_subject_key_id(made.server));
    assert_non_null(subject);
    assert_non_null(issuer);
    assert_int_equal(ASN1_OCTET_STRING_cmp(subject, issuer), 0);
    static const int critical[] = {NID_basic_constraints, NID_key_usage};
    for (size_t i = 0; i < COUNT(critical); i++) {
        int at = X509_get_ext_by_NID(made.server, critical[i], -1);
        assert_true(at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(made.server, at)));
    }
}

static void test_serials(void **state)
{
    (void)state;
    struct certificate_pair next = make("fixture");
    X509 *server = read_certificate(next.certificate_pem);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(made.server);
    assert_true(ASN1_STRING_length(serial) <= 20 && ASN1_STRING_length(serial) >= 16);
    assert_int_equal(ASN1_STRING_type(serial), V_ASN1_INTEGER); /* not the negative type */
    assert_int_not_equal(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(server)), 0);
    assert_int_not_equal(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(made.authority)), 0);
    assert_string_not_equal(secret_reveal(next.key_pem), secret_reveal(made.pair.key_pem));
    X509_free(server);
    certificate_release(&next);
}

static void step(SSL *side)
{
    int result = SSL_do_handshake(side);
    int reason = SSL_get_error(side, result);
    assert_true(result == 1 || reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE);
}

/* A TLS handshake in memory, the client as strict as it can be. */
static void test_handshake(void **state)
{
    (void)state;
    SSL_CTX *server_context = SSL_CTX_new(TLS_server_method()),
            *client_context = SSL_CTX_new(TLS_client_method());
    assert_int_equal(SSL_CTX_use_certificate(server_context, made.server), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server_context, made.key), 1);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client_context), made.authority);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(client_context), X509_V_FLAG_X509_STRICT);
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
    SSL *server = SSL_new(server_context), *client = SSL_new(client_context);
    BIO *server_end, *client_end;
    assert_int_equal(BIO_new_bio_pair(&server_end, 0, &client_end, 0), 1);
    SSL_set_bio(server, server_end, server_end);
    SSL_set_bio(client, client_end, client_end);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    assert_int_equal(SSL_set1_host(client, "fixture"), 1);
    for (int i = 0; i < 10 && !(SSL_is_init_finished(client) && SSL_is_init_finished(server)); i++) {
        step(client);
        step(server);
    }
    assert_true(SSL_is_init_finished(client));
    assert_int_equal(SSL_get_verify_result(client), X509_V_OK);
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_context);
    SSL_CTX_free(server_context);
}

/* The program as well as the library, because the program is what people check with. */
static void test_openssl_verify(void **state)
{
    char folder[] = "/tmp/test-certificate-XXXXXX";
    cleanup_error struct error *err = NULL;
    (void)state;
    assert_non_null(mkdtemp(folder));
    cleanup_free char *authority = xasprintf("%s/ca.pem", folder),
                      *server = xasprintf("%s/server.pem", folder);
    assert_int_equal(text_write_file(authority, made.pair.ca_pem, strlen(made.pair.ca_pem), &err), 0);
    assert_int_equal(
        text_write_file(server, made.pair.certificate_pem, strlen(made.pair.certificate_pem), &err), 0);
    cleanup_free char *command = xasprintf(
        "openssl verify -x509_strict -purpose sslserver -verify_hostname fixture -CAfile %s %s >/dev/null",
        authority, server);
    assert_int_equal(system(command), 0);
    unlink(authority);
    unlink(server);
    rmdir(folder);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *name;
        int hours;
        const char *problem;
    } refusals[] = {
        {"fixture", 0, "1 to 8760 hours, not 0"},
        {"fixture", -1, "1 to 8760 hours, not -1"},
        {"fixture", CERTIFICATE_MAX_HOURS + 1, "not 8761"},
        {NULL, 1, "at least one name"},
        {"", 1, "\"\" is not a DNS name"},
        {"a,DNS:evil", 1, "is not a DNS name"},
        {"a b", 1, "is not a DNS name"},
        {".a", 1, "is not a DNS name"},
        {"a..b", 1, "is not a DNS name"},
        {"a.", 1, "is not a DNS name"},
        {"*.", 1, "is not a DNS name"},
        {"*", 1, "is not a DNS name"},
        {"fd00::zz", 1, "is not a DNS name"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        cleanup_strings struct strings names = {0};
        cleanup_certificate struct certificate_pair pair = {0};
        cleanup_error struct error *err = NULL;
        if (refusals[i].name)
            strings_add(&names, refusals[i].name);
        assert_int_equal(certificate_make(&pair, &names, refusals[i].hours, &err), -1);
        assert_int_equal(err->kind, ERROR_USAGE);
        if (!strstr(err->message, refusals[i].problem))
            fail_msg("\"%s\" does not have \"%s\"", err->message, refusals[i].problem);
        assert_null(pair.ca_pem);
        assert_null(pair.key_pem);
    }
}

static int set_up(void **state)
{
    (void)state;
    made.pair = make("fixture fixture.smoke.svc.cluster.local *.wild.test 10.96.0.7 fd00::7");
    made.authority = read_certificate(made.pair.ca_pem);
    made.server = read_certificate(made.pair.certificate_pem);
    made.key = read_key(made.pair.key_pem);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    X509_free(made.authority);
    X509_free(made.server);
    EVP_PKEY_free(made.key);
    certificate_release(&made.pair);
    certificate_release(&made.pair); /* a second time does nothing */
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures), cmocka_unit_test(test_strict_verification),
        cmocka_unit_test(test_validity),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_extensions), cmocka_unit_test(test_serials),
        cmocka_unit_test(test_handshake),  cmocka_unit_test(test_openssl_verify),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("certificate", tests, set_up, tear_down);
}

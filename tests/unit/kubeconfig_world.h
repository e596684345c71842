/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of kubeconfigs share: a folder and certificates of their own, ways to load, what a good
 * error is.
 */
#ifndef GVISOR_SMOKE_KUBECONFIG_WORLD_H
#define GVISOR_SMOKE_KUBECONFIG_WORLD_H

#include "unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "gvisor-smoke/certificate.h"
#include "gvisor-smoke/kubeconfig.h"

#define SECRET "t0p-s3cret" /* must never be in a message */

#define CLUSTERS "clusters: [{name: c, cluster: {server: 'https://host:6443'}}]\n"
#define CONTEXTS "contexts: [{name: x, context: {cluster: c, user: u, namespace: ns}}]\ncurrent-context: x\n"
#define USERS "users: [{name: u, user: {token: " SECRET "}}]\n"

/* What the tests share: a folder of their own, and certificates made once. */
static struct {
    char folder[64];
    struct certificate_pair mine, other;
    char *expired_pem;                                            /* of the key of mine */
    char *ca_data, *certificate_data, *key_data, *other_key_data; /* base64 */
} world;

/* One load: the access or the error, released by the attribute. */
struct load {
    struct kube_access *access;
    struct error *err;
};

static inline void load_release(struct load *load)
{
    kube_access_free(load->access);
    error_free(load->err);
}

#define cleanup_load __attribute__((cleanup(load_release)))

static inline char *path_of(const char *name)
{
    return xasprintf("%s/%s", world.folder, name);
}

static inline void write_bytes(const char *name, const char *bytes, size_t length)
{
    cleanup_free char *path = path_of(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static inline struct load load_options(const struct kubeconfig_options *options)
{
    struct load load = {0};
    load.access = kube_access_load(options, &load.err);
    return load;
}

static inline struct load load_file(const char *name, const char *context)
{
    cleanup_free char *path = path_of(name);
    struct kubeconfig_options options = {.kubeconfig = path, .context = context};
    return load_options(&options);
}

static inline struct load load_text(const char *text, const char *context)
{
    write_text("config", text);
    return load_file("config", context);
}

static inline struct load load_environment(void)
{
    struct kubeconfig_options options = {0};
    return load_options(&options);
}

/* A good error: exactly one of the two results, wrong use, one line, no credential. */
static inline void check_error(const struct load *load, const char *expected)
{
    assert_null(load->access);
    assert_non_null(load->err);
    assert_int_equal(load->err->kind, ERROR_USAGE);
    const char *message = load->err->message;
    assert_contains(message, expected);
    assert_null(strchr(message, '\n'));
    assert_null(strstr(message, SECRET));
    assert_true(!load->err->hint || !strstr(load->err->hint, SECRET));
}

static inline void check_loaded(const struct load *load)
{
    if (load->err)
        fail_msg("%s", load->err->message);
    assert_non_null(load->access);
}

static inline char *base64(const char *text)
{
    size_t length = strlen(text);
    char *encoded = xcalloc(length / 3 * 4 + 8, 1);
    EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)text, (int)length);
    return encoded;
}

/* The same key under a password. */
static inline void write_locked_key(void)
{
    cleanup_free char *path = path_of("locked.key");
    BIO *plain = BIO_new_mem_buf(secret_reveal(world.mine.key_pem), -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(plain, NULL, NULL, NULL);
    BIO *locked = BIO_new_file(path, "w");
    assert_true(PEM_write_bio_PrivateKey(locked, key, EVP_aes_256_cbc(), (const unsigned char *)"pass", 4,
                                         NULL, NULL));
    BIO_free(locked);
    BIO_free(plain);
    EVP_PKEY_free(key);
}

/* The same certificate, as if made to end yesterday. */
static inline char *expire(const struct certificate_pair *pair)
{
    BIO *in = BIO_new_mem_buf(pair->certificate_pem, -1), *out = BIO_new(BIO_s_mem());
    BIO *key_in = BIO_new_mem_buf(secret_reveal(pair->key_pem), -1);
    X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_in, NULL, NULL, NULL);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), -3600);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(out, certificate), 1);
    char *bytes;
    long length = BIO_get_mem_data(out, &bytes);
    char *pem = xstrndup(bytes, (size_t)length);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(in);
    BIO_free(key_in);
    BIO_free(out);
    return pem;
}

static inline void write_certificates(void)
{
    cleanup_free char *bad = xasprintf("%s-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
                                       world.mine.certificate_pem);
    write_text("good.crt", world.mine.certificate_pem);
    write_text("good.key", secret_reveal(world.mine.key_pem));
    write_text("bad.crt", bad);
    write_text("worse.crt", strchr(bad + 1, '\0') -
                                strlen("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
    write_bytes("binary", "\x30\x82\x00\x01", 4);
    write_locked_key();
}

static inline void forget_proxies(void)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                        "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
}

static inline int set_up(void **state)
{
    (void)state;
    cleanup_strings struct strings names = {0};
    struct error *err = NULL;
    strings_add(&names, "test");
    strcpy(world.folder, "/tmp/test-kubeconfig-XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    assert_int_equal(chdir(world.folder), 0);
    assert_int_equal(certificate_make(&world.mine, &names, 1, &err), 0);
    assert_int_equal(certificate_make(&world.other, &names, 1, &err), 0);
    world.expired_pem = expire(&world.mine);
    world.ca_data = base64(world.mine.ca_pem);
    world.certificate_data = base64(world.mine.certificate_pem);
    world.key_data = base64(secret_reveal(world.mine.key_pem));
    world.other_key_data = base64(secret_reveal(world.other.key_pem));
    write_certificates();
    forget_proxies();
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
    unsetenv("POD_NAMESPACE");
    return 0;
}

static inline int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *position)
{
    (void)status, (void)kind, (void)position;
    return remove(path);
}

static inline int tear_down(void **state)
{
    (void)state;
    free(world.expired_pem);
    free(world.ca_data);
    free(world.certificate_data);
    free(world.key_data);
    free(world.other_key_data);
    certificate_release(&world.mine);
    certificate_release(&world.other);
    assert_int_equal(chdir("/"), 0);
    return nftw(world.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks with OpenSSL that certificates and keys can be used, so that a wrong file is named before a
 * connection fails.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "kubeconfig_parts.h"

static void cleanup_bio_function(BIO **bio)
{
    BIO_free(*bio);
}

static void cleanup_x509_function(X509 **certificate)
{
    X509_free(*certificate);
}

static void cleanup_pkey_function(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

#define cleanup_bio __attribute__((cleanup(cleanup_bio_function)))
#define cleanup_x509 __attribute__((cleanup(cleanup_x509_function)))
#define cleanup_pkey __attribute__((cleanup(cleanup_pkey_function)))

/* Never asks at the terminal. */
static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

static BIO *open_text(const char *text, size_t length)
{
    BIO *bio = BIO_new_mem_buf(text, (int)length); /* both files and documents are bounded below INT_MAX */
    if (!bio)
        abort();
    return bio;
}

/* True when reading ended because no PEM block was left. */
static bool at_end(void)
{
    unsigned long code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

/* Reads to the end. Returns how many certificates can be read; *ret_bad: how many cannot, *ret_first_bad: the
 * number of the first of these, from 1. */
static size_t count_certificates(const char *pem, size_t *ret_bad, size_t *ret_first_bad)
{
    cleanup_bio BIO *bio = open_text(pem, strlen(pem));
    size_t good = 0;
    *ret_bad = *ret_first_bad = 0;
    for (;;) {
        ERR_clear_error();
        X509 *certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);
        if (!certificate && at_end())
            break;
        if (!certificate && (*ret_bad)++ == 0)
            *ret_first_bad = good + 1;
        good += certificate != NULL;
        X509_free(certificate);
    }
    ERR_clear_error();
    return good;
}

static int fail_certificates(size_t good, size_t bad, size_t first_bad, const char *what, struct error **err)
{
    if (good == 0 && bad == 0)
        error_set(err, ERROR_USAGE, "%s has no PEM certificate (\"-----BEGIN CERTIFICATE-----\")", what);
    else
        error_set(err, ERROR_USAGE, "%s: certificate %zu is not one that OpenSSL can read", what, first_bad);
    return -1;
}

int kubeconfig_check_certificates(const char *pem, const char *what, struct error **err)
{
    size_t bad, first_bad, good = count_certificates(pem, &bad, &first_bad);
    return good > 0 && bad == 0 ? 0 : fail_certificates(good, bad, first_bad, what, err);
}

static char *readable_certificates(const char *pem)
{
    cleanup_bio BIO *in = open_text(pem, strlen(pem));
    cleanup_bio BIO *out = BIO_new(BIO_s_mem());
    for (bool over = false; !over;) {
        ERR_clear_error();
        cleanup_x509 X509 *certificate = PEM_read_bio_X509(in, NULL, no_password, NULL);
        over = !certificate && at_end();
        if (certificate && PEM_write_bio_X509(out, certificate) != 1)
            abort(); /* out of memory is all that it can report */
    }
    ERR_clear_error();
    char *bytes;
    long length = BIO_get_mem_data(out, &bytes);
    return xstrndup(bytes, (size_t)length);
}

int kubeconfig_take_authorities(char **pem, const char *what, size_t *ret_unreadable, struct error **err)
{
    size_t first_bad, good = count_certificates(*pem, ret_unreadable, &first_bad);
    if (good == 0)
        return fail_certificates(good, *ret_unreadable, first_bad, what, err);
    if (*ret_unreadable > 0) {
        char *readable = readable_certificates(*pem);
        free(*pem);
        *pem = readable;
    }
    return 0;
}

char *kubeconfig_expired(const char *pem)
{
    cleanup_bio BIO *bio = open_text(pem, strlen(pem));
    cleanup_x509 X509 *certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);
    ERR_clear_error();
    const ASN1_TIME *last = certificate ? X509_get0_notAfter(certificate) : NULL;
    struct tm parts;
    if (!last || X509_cmp_current_time(last) >= 0 || ASN1_TIME_to_tm(last, &parts) != 1)
        return NULL;
    char stamp[CLOCK_STAMP_SIZE];
    return xstrdup(clock_stamp((int64_t)timegm(&parts) * 1000, stamp));
}

int kubeconfig_check_key(const char *certificate_pem, const struct secret *key_pem, const char *what,
                         struct error **err)
{
    const char *text = secret_reveal(key_pem);
    cleanup_bio BIO *key_bio = open_text(text, secret_length(key_pem));
    cleanup_bio BIO *certificate_bio = open_text(certificate_pem, strlen(certificate_pem));
    ERR_clear_error();
    cleanup_pkey EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, no_password, NULL);
    cleanup_x509 X509 *certificate = PEM_read_bio_X509(certificate_bio, NULL, no_password, NULL);
    bool fits = key && certificate && X509_check_private_key(certificate, key) == 1;
    ERR_clear_error();
    if (fits)
        return 0;
    if (!key && strstr(text, "ENCRYPTED"))
        error_set(err, ERROR_USAGE, "%s is encrypted; only a key without a password can be used", what);
    else if (!key)
        error_set(err, ERROR_USAGE, "%s is not a PEM private key that OpenSSL can read", what);
    else
        error_set(err, ERROR_USAGE, "%s does not belong to the client certificate", what);
    return -1;
}

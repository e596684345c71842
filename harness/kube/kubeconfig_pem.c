/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks with OpenSSL that certificates and keys can be used, so that a wrong file is named before a
 * connection fails.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
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

int kubeconfig_check_certificates(const char *pem, const char *what, struct error **err)
{
    cleanup_bio BIO *bio = open_text(pem, strlen(pem));
    size_t count = 0;
    ERR_clear_error();
    for (X509 *certificate; (certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL)); count++)
        X509_free(certificate);
    bool whole = at_end();
    ERR_clear_error();
    if (count > 0 && whole)
        return 0;
    if (count == 0 && whole)
        error_set(err, ERROR_USAGE, "%s has no PEM certificate (\"-----BEGIN CERTIFICATE-----\")", what);
    else
        error_set(err, ERROR_USAGE, "%s: certificate %zu is not one that OpenSSL can read", what, count + 1);
    return -1;
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

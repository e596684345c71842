/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the fixture's certificates with OpenSSL: ECDSA on P-256, random serials, the extensions that RFC 5280
 * asks for.
 */
#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "gvisor-smoke/certificate.h"
#include "gvisor-smoke/cleanup.h"

#define HOUR_SECONDS 3600
#define SERIAL_BITS 159 /* at most 20 bytes and never negative: RFC 5280, 4.1.2.2 */
#define NAME_MAX_LENGTH 253

/* A certificate under construction or finished, with its key. */
struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

static void identity_release(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key); /* wipes it */
}

static void cleanup_bio_function(BIO **bio)
{
    BIO_free(*bio);
}

static void cleanup_bn_function(BIGNUM **number)
{
    BN_free(*number);
}

static void cleanup_names_function(GENERAL_NAMES **names)
{
    GENERAL_NAMES_free(*names);
}

static void cleanup_extension_function(X509_EXTENSION **extension)
{
    X509_EXTENSION_free(*extension);
}

#define cleanup_identity __attribute__((cleanup(identity_release)))
#define cleanup_bio __attribute__((cleanup(cleanup_bio_function)))
#define cleanup_bn __attribute__((cleanup(cleanup_bn_function)))
#define cleanup_names __attribute__((cleanup(cleanup_names_function)))
#define cleanup_extension __attribute__((cleanup(cleanup_extension_function)))

static int fail(struct error **err, const char *what)
{
    char reason[256] = "unknown reason";
    unsigned long code = ERR_get_error();
    if (code)
        ERR_error_string_n(code, reason, sizeof reason);
    ERR_clear_error();
    error_set(err, ERROR_ENVIRONMENT, "cannot make the fixture's certificates: %s: %s", what, reason);
    return -1;
}

static bool is_dns_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    const char *rest = text_starts_with(name, "*.") ? name + 2 : name;
    size_t length = strlen(rest);
    return length > 0 && length <= NAME_MAX_LENGTH && strspn(rest, allowed) == length && rest[0] != '.' &&
           rest[0] != '-' && !strstr(rest, "..") && rest[length - 1] != '.';
}

/* Sets bytes to the address and returns its length, or 0 when the name is not an IP address. */
static int parse_address(const char *name, unsigned char bytes[16])
{
    if (inet_pton(AF_INET, name, bytes) == 1)
        return 4;
    return inet_pton(AF_INET6, name, bytes) == 1 ? 16 : 0;
}

static int check_request(const struct strings *names, int valid_hours, struct error **err)
{
    unsigned char address[16];
    if (valid_hours < 1 || valid_hours > CERTIFICATE_MAX_HOURS) {
        error_set(err, ERROR_USAGE, "a certificate is valid for 1 to %d hours, not %d", CERTIFICATE_MAX_HOURS,
                  valid_hours);
        return -1;
    }
    if (names->count == 0) {
        error_set(err, ERROR_USAGE, "a certificate needs at least one name");
        return -1;
    }
    for (size_t i = 0; i < names->count; i++)
        if (!is_dns_name(names->items[i]) && parse_address(names->items[i], address) == 0) {
            error_set(err, ERROR_USAGE, "\"%s\" is not a DNS name or an IP address", names->items[i]);
            return -1;
        }
    return 0;
}

static int set_serial(X509 *certificate)
{
    cleanup_bn BIGNUM *number = BN_new();
    return number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
           BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
}

static int set_name(X509_NAME *name, const char *common_name)
{
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"gvisor-smoke", -1, -1,
                                      0) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1,
                                      0);
}

/* Makes a key and an unsigned certificate for it. */
static int identity_start(struct identity *identity, const char *common_name, int valid_hours,
                          struct error **err)
{
    identity->key = EVP_EC_gen("P-256");
    identity->certificate = X509_new();
    X509 *certificate = identity->certificate;
    bool made = identity->key && certificate && X509_set_version(certificate, X509_VERSION_3) &&
                set_serial(certificate) && set_name(X509_get_subject_name(certificate), common_name) &&
                X509_gmtime_adj(X509_getm_notBefore(certificate), -HOUR_SECONDS) &&
                X509_gmtime_adj(X509_getm_notAfter(certificate), (long)valid_hours * HOUR_SECONDS) &&
                X509_set_pubkey(certificate, identity->key);
    return made ? 0 : fail(err, common_name);
}

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value, struct error **err)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    cleanup_extension X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension || !X509_add_ext(certificate, extension, -1))
        return fail(err, OBJ_nid2sn(nid));
    return 0;
}

static int names_push(GENERAL_NAMES *names, int type, ASN1_STRING *value)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    if (!name || !value || !sk_GENERAL_NAME_push(names, name)) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return 0;
    }
    GENERAL_NAME_set0_value(name, type, value);
    return 1;
}

static int names_add(GENERAL_NAMES *names, const char *text)
{
    unsigned char address[16];
    int address_length = parse_address(text, address);
    ASN1_STRING *value = ASN1_STRING_type_new(address_length ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    int filled = value && (address_length ? ASN1_STRING_set(value, address, address_length)
                                          : ASN1_STRING_set(value, text, -1));
    if (!filled) {
        ASN1_STRING_free(value);
        return 0;
    }
    return names_push(names, address_length ? GEN_IPADD : GEN_DNS, value);
}

/* Built from values, not from a configuration string in which a comma in a name would add another one. */
static int add_alternative_names(X509 *certificate, const struct strings *names, struct error **err)
{
    cleanup_names GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    bool made = list != NULL;
    for (size_t i = 0; made && i < names->count; i++)
        made = names_add(list, names->items[i]);
    if (!made || !X509_add1_ext_i2d(certificate, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT))
        return fail(err, "subjectAltName");
    return 0;
}

static int sign(struct identity *identity, const struct identity *issuer, struct error **err)
{
    if (X509_set_issuer_name(identity->certificate, X509_get_subject_name(issuer->certificate)) &&
        X509_sign(identity->certificate, issuer->key, EVP_sha256()) > 0)
        return 0;
    return fail(err, "signature");
}

static int make_authority(struct identity *authority, int valid_hours, struct error **err)
{
    if (identity_start(authority, "gvisor-smoke fixture authority", valid_hours, err) < 0)
        return -1;
    X509 *certificate = authority->certificate;
    if (add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0", err) <
            0 ||
        add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign", err) < 0 ||
        add_extension(certificate, certificate, NID_subject_key_identifier, "hash", err) < 0 ||
        add_extension(certificate, certificate, NID_authority_key_identifier, "keyid:always", err) < 0)
        return -1;
    return sign(authority, authority, err);
}

static int make_server(struct identity *server, const struct identity *authority, const struct strings *names,
                       int valid_hours, struct error **err)
{
    if (identity_start(server, "gvisor-smoke fixture", valid_hours, err) < 0)
        return -1;
    X509 *certificate = server->certificate, *issuer = authority->certificate;
    if (add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE", err) < 0 ||
        add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature", err) < 0 ||
        add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth", err) < 0 ||
        add_extension(certificate, issuer, NID_subject_key_identifier, "hash", err) < 0 ||
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always", err) < 0 ||
        add_alternative_names(certificate, names, err) < 0)
        return -1;
    return sign(server, authority, err);
}

static char *certificate_to_pem(X509 *certificate, struct error **err)
{
    cleanup_bio BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    if (!bio || !PEM_write_bio_X509(bio, certificate)) {
        fail(err, "PEM");
        return NULL;
    }
    long length = BIO_get_mem_data(bio, &bytes);
    return xstrndup(bytes, (size_t)length);
}

static struct secret *key_to_pem(EVP_PKEY *key, struct error **err)
{
    cleanup_bio BIO *bio = BIO_new(BIO_s_mem()); /* OpenSSL wipes its memory when it is freed */
    char *bytes = NULL;
    if (!bio || !PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)) {
        fail(err, "PEM");
        return NULL;
    }
    long length = BIO_get_mem_data(bio, &bytes);
    return secret_new(bytes, (size_t)length);
}

int certificate_make(struct certificate_pair *ret_pair, const struct strings *names, int valid_hours,
                     struct error **err)
{
    cleanup_identity struct identity authority = {0};
    cleanup_identity struct identity server = {0};
    cleanup_certificate struct certificate_pair pair = {0};
    ERR_clear_error();
    if (check_request(names, valid_hours, err) < 0 || make_authority(&authority, valid_hours, err) < 0 ||
        make_server(&server, &authority, names, valid_hours, err) < 0)
        return -1;
    if (!(pair.ca_pem = certificate_to_pem(authority.certificate, err)) ||
        !(pair.certificate_pem = certificate_to_pem(server.certificate, err)) ||
        !(pair.key_pem = key_to_pem(server.key, err)))
        return -1;
    *ret_pair = (struct certificate_pair){.ca_pem = steal(&pair.ca_pem),
                                          .certificate_pem = steal(&pair.certificate_pem),
                                          .key_pem = steal(&pair.key_pem)};
    return 0;
}

void certificate_release(struct certificate_pair *pair)
{
    free(pair->ca_pem);
    free(pair->certificate_pem);
    secret_free(pair->key_pem);
    *pair = (struct certificate_pair){0};
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The TLS of the exec connections: one context, that verifies the server by the access' rules, its
 * certificate of the client, and the session that the next connection resumes.
 *
 * A resumed connection is spared both sides' certificates, so a session is kept only of a connection whose
 * server was verified, and offered only to a connection with the same certificate of the client. All else
 * that it depends on, the server's name, its authorities, whether it is verified, is fixed with the access:
 * no two contexts share a session.
 */
#ifndef KUBE_TLS_H
#define KUBE_TLS_H

#include <openssl/ssl.h>

#include "gvisor-smoke/kube.h"

struct tls {
    SSL_CTX *context;
    const struct kube_access *access;
    X509 *certificate; /* the client's, or NULL; each connection gets it with its key when it is begun */
    STACK_OF(X509) * intermediates;
    EVP_PKEY *key;
    SSL_SESSION *session; /* the newest, or NULL */
};

/* Without a client certificate. The access is borrowed. */
struct tls *tls_new(const struct kube_access *access, struct error **err);
/* No connection may be open. Wipes the session. */
void tls_free(struct tls *tls);

/* Gives it a client certificate, or none (NULL), in place of an earlier one; connections that are open keep
 * theirs. */
int tls_identify(struct tls *tls, const char *certificate_pem, const struct secret *key_pem,
                 struct error **err);

/* The next connection makes a session of its own. Takes NULL. */
void tls_forget_session(struct tls *tls);

#endif

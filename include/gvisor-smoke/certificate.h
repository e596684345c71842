/* SPDX-License-Identifier: Apache-2.0
 *
 * A certificate for the fixture's https server, and the authority that signed it.
 *
 * Both are made anew for each run, so clients in the sandbox verify a real chain and no key is ever stored.
 * The form keeps to RFC 5280 closely enough for strict verifiers (Go, Python 3.13, `openssl verify
 * -x509_strict`).
 */
#ifndef GVISOR_SMOKE_CERTIFICATE_H
#define GVISOR_SMOKE_CERTIFICATE_H

#include "gvisor-smoke/error.h"
#include "gvisor-smoke/secret.h"
#include "gvisor-smoke/text.h"

#define CERTIFICATE_MAX_HOURS (24 * 365)

struct certificate_pair {
    char *ca_pem;           /* what a client has to trust */
    char *certificate_pem;  /* the server's; signed by the authority directly, so no chain is needed */
    struct secret *key_pem; /* the server's key, PKCS #8 */
};

/* Makes an authority and a server certificate for these DNS names (or IP addresses), at least one, valid from
 * one hour ago (clocks of nodes differ) until valid_hours from now. The authority's key is thrown away after
 * it has signed. Fills *ret_pair on success only; the caller releases it. A wrong name or number of hours is
 * ERROR_USAGE. */
int certificate_make(struct certificate_pair *ret_pair, const struct strings *names, int valid_hours,
                     struct error **err);

/* Frees the parts and wipes the key; also for a pair that is all zero. */
void certificate_release(struct certificate_pair *pair);

#define cleanup_certificate __attribute__((cleanup(certificate_release)))

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The identity of a client as it is at the moment: fixed, from a token file that is read for each use, or
 * from a credential plugin that is run when there is nothing valid.
 *
 * Who makes a request waits until the credential is ready, takes headers and certificate, and notes the
 * generation. An answer 401 is told with it: the credential may be renewed then, and one more try may go
 * well.
 */
#ifndef KUBE_CREDENTIAL_H
#define KUBE_CREDENTIAL_H

#include "client.h"

struct credential *credential_new(const struct kube *kube);
/* Whoever waits must have cancelled before. */
void credential_free(struct credential *credential);

/* False: wait for it first. */
bool credential_ready(struct credential *credential);

/* Calls ready once, from the loop: err is NULL, or says (borrowed) why there is no credential. */
struct credential_wait;
struct credential_wait *credential_wait(struct credential *credential,
                                        void (*ready)(void *context, const struct error *err), void *context);
void credential_wait_cancel(struct credential_wait **wait);

/* --- of a credential that is ready --- */

/* "Authorization: ...", NULL when the identity needs none, or on an error. The caller wipes and frees it. */
char *credential_authorization(struct credential *credential, struct error **err);
/* Both or none; borrowed until the loop runs again. */
const char *credential_certificate(const struct credential *credential);
const struct secret *credential_key(const struct credential *credential);

/* Counts what credentials there were; taken after credential_authorization(). */
unsigned credential_generation(const struct credential *credential);
/* The server did not accept the credential of this generation. True when there is, or may be, another one. */
bool credential_refused(struct credential *credential, unsigned generation);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * A way through the proxy for libwebsockets, which knows no proxies of the kinds https and socks5: it
 * connects to a unix socket of this process, and libcurl makes the connection through the proxy to the
 * server. TLS to the server goes through from end to end.
 */
#ifndef KUBE_RELAY_H
#define KUBE_RELAY_H

#include "client.h"

struct relay;
struct relay *relay_new(const struct kube *kube, struct error **err);
void relay_free(struct relay *relay); /* NULL does nothing; ends all connections */

/* As libwebsockets takes it. */
const char *relay_address(const struct relay *relay);
/* Why the last connection could not be made, or NULL; without a password. */
const char *relay_problem(const struct relay *relay);

#endif

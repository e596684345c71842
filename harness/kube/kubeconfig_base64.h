/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 as kubeconfigs hold it.
 */
#ifndef GVISOR_SMOKE_KUBECONFIG_BASE64_H
#define GVISOR_SMOKE_KUBECONFIG_BASE64_H

#include <stddef.h>

/* The bytes, followed by a NUL that is not counted, or NULL when the text is not base64. The caller wipes and
 * frees them. */
char *kubeconfig_base64_decode(const char *text, size_t *ret_length);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes an API server's URL apart.
 */
#include <arpa/inet.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "kubeconfig_parts.h"

static int fail(struct error **err, const char *problem)
{
    error_set(err, ERROR_USAGE, "%s", problem);
    return -1;
}

/* The rest of a URL after its scheme, or NULL when it has another one. */
static const char *after_scheme(const char *url, const char *scheme)
{
    size_t length = strlen(scheme);
    if (strncasecmp(url, scheme, length) != 0 || strncmp(url + length, "://", 3) != 0)
        return NULL;
    return url + length + 3;
}

static int check_characters(const char *url, struct error **err)
{
    for (; *url; url++)
        if ((unsigned char)*url <= 0x20 || (unsigned char)*url >= 0x7F || strchr("\"<>\\^`{|}", *url))
            return fail(err, "it has a character that a URL cannot have");
    return 0;
}

/* ":6443" or nothing. */
static int parse_port(const char *text, size_t length, uint16_t standard, uint16_t *ret_port,
                      struct error **err)
{
    unsigned port = 0;
    if (length == 0 || (length == 1 && text[0] == ':')) {
        *ret_port = standard;
        return 0;
    }
    for (size_t i = 1; i < length && port <= UINT16_MAX; i++) {
        if (text[i] < '0' || text[i] > '9')
            return fail(err, "its port is not a number");
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    if (text[0] != ':' || port == 0 || port > UINT16_MAX)
        return fail(err, "its port is not between 1 and 65535");
    *ret_port = (uint16_t)port;
    return 0;
}

/* An address in brackets. Sets *ret_length to the length with them. */
static int parse_ipv6(struct kube_access *access, const char *text, size_t length, size_t *ret_length,
                      struct error **err)
{
    const char *close = memchr(text, ']', length);
    struct in6_addr address;
    if (!close)
        return fail(err, "its IPv6 address lacks the closing bracket");
    access->host = xstrndup(text + 1, (size_t)(close - text) - 1);
    if (inet_pton(AF_INET6, access->host, &address) != 1)
        return fail(err, "what stands in its brackets is not an IPv6 address");
    *ret_length = (size_t)(close - text) + 1;
    return 0;
}

static int parse_name(struct kube_access *access, const char *text, size_t length, size_t *ret_length,
                      struct error **err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    const char *colon = memchr(text, ':', length);
    *ret_length = colon ? (size_t)(colon - text) : length;
    if (*ret_length == 0)
        return fail(err, "it has no host");
    access->host = xstrndup(text, *ret_length);
    if (strspn(access->host, allowed) != *ret_length)
        return fail(err, "its host is not a name or an address");
    return 0;
}

static int parse_authority(struct kube_access *access, const char *text, size_t length, struct error **err)
{
    size_t taken = 0;
    if (memchr(text, '@', length))
        return fail(err, "it must not have a user or a password");
    int result = length && text[0] == '[' ? parse_ipv6(access, text, length, &taken, err)
                                          : parse_name(access, text, length, &taken, err);
    if (result < 0)
        return -1;
    return parse_port(text + taken, length - taken, access->tls ? 443 : 80, &access->port, err);
}

/* What stands behind the scheme. Without a scheme a server is host:port, and http as in kubectl. */
static const char *parse_scheme(struct kube_access *access, struct error **err)
{
    const char *rest = after_scheme(access->server, "https");
    access->tls = rest != NULL;
    if (!rest)
        rest = after_scheme(access->server, "http");
    if (rest)
        return rest;
    const char *path = access->server + strcspn(access->server, "/");
    if (strcmp(path, "") == 0 || strcmp(path, "/") == 0)
        return access->server;
    fail(err, "it must begin with https:// or http://");
    return NULL;
}

int kubeconfig_parse_server(struct kube_access *access, struct error **err)
{
    access->server[strcspn(access->server, "?#")] = '\0'; /* they have no use, and messages name the server */
    const char *rest = parse_scheme(access, err);
    if (!rest || check_characters(rest, err) < 0)
        return -1;
    size_t length = strcspn(rest, "/");
    if (parse_authority(access, rest, length, err) < 0)
        return -1;
    const char *path = rest + length;
    size_t path_length = strlen(path);
    while (path_length > 0 && path[path_length - 1] == '/')
        path_length--;
    access->path_prefix = xstrndup(path, path_length);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The proxy in front of an API server: from the kubeconfig, or from the environment by the rules of Go's
 * clients (golang.org/x/net/http/httpproxy), which differ from libcurl's.
 */
#include <arpa/inet.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "kubeconfig_parts.h"

static int fail(struct error **err, const char *problem)
{
    error_set(err, ERROR_USAGE, "%s", problem);
    return -1;
}

/* The kinds of proxies, and their standard ports. A socks5 proxy resolves the server's name itself. */
static const struct {
    const char *scheme, *curl_scheme;
    unsigned port;
} kinds[] = {
    {"http", "http", 80}, {"https", "https", 443}, {"socks5", "socks5h", 1080}, {"socks5h", "socks5h", 1080}};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

/* Which kind a URL is of, and where its authority begins; KIND_COUNT: none. */
static size_t kind_of(const char *url, const char **ret_authority)
{
    const char *separator = strstr(url, "://");
    for (size_t i = 0; separator && i < KIND_COUNT; i++)
        if (strlen(kinds[i].scheme) == (size_t)(separator - url) &&
            strncasecmp(url, kinds[i].scheme, (size_t)(separator - url)) == 0) {
            *ret_authority = separator + 3;
            return i;
        }
    return KIND_COUNT;
}

static bool has_bad_character(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7F)
            return true;
    return false;
}

/* HOST, HOST:PORT or [HOST]:PORT, of the length given. Sets *ret_has_port. */
static int check_place(const char *place, size_t length, bool *ret_has_port, struct error **err)
{
    const char *bracket = length && place[0] == '[' ? memchr(place, ']', length) : NULL;
    const char *colon =
        memchr(bracket ? bracket : place, ':', length - (bracket ? (size_t)(bracket - place) : 0));
    size_t host = colon ? (size_t)(colon - place) : length;
    if (host == 0 || (place[0] == '[' && !bracket))
        return fail(err, "it has no host");
    *ret_has_port = colon && colon + 1 < place + length;
    for (const char *c = colon ? colon + 1 : place + length; c < place + length; c++)
        if (*c < '0' || *c > '9')
            return fail(err, "its port is not a number");
    return 0;
}

int kubeconfig_set_proxy(struct kube_access *access, const char *url, struct error **err)
{
    const char *authority = NULL;
    size_t kind = kind_of(url, &authority);
    bool has_port = false;
    if (kind == KIND_COUNT)
        return fail(err, "it must begin with http://, https:// or socks5://");
    if (has_bad_character(authority))
        return fail(err, "it has a character that a URL cannot have");
    size_t length = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', length);
    const char *place = at ? at + 1 : authority;
    size_t place_length = length - (size_t)(place - authority);
    if (check_place(place, place_length, &has_port, err) < 0)
        return -1;
    while (!has_port && place[place_length - 1] == ':')
        place_length--;
    cleanup_free char *port = has_port ? xstrdup("") : xasprintf(":%u", kinds[kind].port);
    char *whole = xasprintf("%s://%.*s%.*s%s", kinds[kind].curl_scheme, (int)(place - authority), authority,
                            (int)place_length, place, port);
    access->proxy_url = secret_new_mixed(whole, strlen(whole));
    const char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    if (colon)
        access->proxy_password = secret_new(colon + 1, (size_t)(at - colon - 1));
    access->proxy_name = xasprintf("%s://%.*s%s", kinds[kind].scheme, (int)place_length, place, port);
    secret_wipe(whole, strlen(whole));
    free(whole);
    return 0;
}

/* --- the environment --- */

/* An address as 16 bytes, IPv4 mapped into IPv6; false when the text is none. */
static bool parse_address(const char *text, unsigned char address[16], bool *ret_ipv6)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    *ret_ipv6 = inet_pton(AF_INET6, text, address) == 1;
    if (*ret_ipv6)
        return true;
    memcpy(address, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, address + sizeof mapped) == 1;
}

static bool is_loopback(const char *host)
{
    unsigned char address[16];
    bool ipv6;
    static const unsigned char one[16] = {[15] = 1};
    if (!parse_address(host, address, &ipv6))
        return strcmp(host, "localhost") == 0;
    return ipv6 ? memcmp(address, one, sizeof one) == 0 : address[12] == 127;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    unsigned char mask = (unsigned char)(0xFF00 >> bits % 8);
    return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

/* NETWORK/BITS; false also when the rule is none. */
static bool network_holds(const char *rule, const unsigned char host[16], bool host_ipv6)
{
    const char *slash = strchr(rule, '/');
    cleanup_free char *network = xstrndup(rule, slash ? (size_t)(slash - rule) : 0);
    unsigned char address[16];
    bool ipv6;
    char *rest = NULL;
    if (!slash || !parse_address(network, address, &ipv6) || ipv6 != host_ipv6)
        return false;
    unsigned long bits = strtoul(slash + 1, &rest, 10);
    if (rest == slash + 1 || *rest || bits > (ipv6 ? 128 : 32))
        return false;
    return same_bits(address, host, (unsigned)bits + (ipv6 ? 0 : 96));
}

/* Splits HOST:PORT or [HOST]:PORT of a rule; *ret_port is NULL without a port. An IPv6 address has colons
 * too. */
static char *rule_host(const char *rule, const char **ret_port)
{
    const char *colon = strrchr(rule, ':'), *bracket = strrchr(rule, ']');
    bool has_port = colon && (bracket ? colon == bracket + 1 : strchr(rule, ':') == colon);
    *ret_port = has_port ? colon + 1 : NULL;
    size_t length = has_port ? (size_t)(colon - rule) : strlen(rule);
    if (length >= 2 && rule[0] == '[' && rule[length - 1] == ']')
        return xstrndup(rule + 1, length - 2);
    return xstrndup(rule, length);
}

/* "a.b" is for a.b and all below it, ".a.b" and "*.a.b" only for what is below. */
static bool domain_holds(const char *domain, const char *host)
{
    if (text_starts_with(domain, "*."))
        domain++;
    size_t length = strlen(domain), host_length = strlen(host);
    if (length == 0)
        return false;
    if (domain[0] != '.' && strcasecmp(domain, host) == 0)
        return true;
    size_t tail = length + (domain[0] != '.');
    return host_length >= tail && strcasecmp(host + host_length - length, domain) == 0 &&
           host[host_length - tail] == '.';
}

static bool rule_holds(const char *rule, const char *host, uint16_t port)
{
    unsigned char address[16], other[16];
    bool ipv6, other_ipv6;
    bool is_address = parse_address(host, address, &ipv6);
    if (strcmp(rule, "*") == 0 || (is_address && network_holds(rule, address, ipv6)))
        return true;
    const char *rule_port;
    cleanup_free char *name = rule_host(rule, &rule_port);
    cleanup_free char *wanted = xasprintf("%u", port);
    if (rule_port && strcmp(rule_port, "") != 0 && strcmp(rule_port, wanted) != 0)
        return false;
    if (is_address)
        return parse_address(name, other, &other_ipv6) && memcmp(address, other, sizeof other) == 0;
    return domain_holds(name, host);
}

static bool is_excepted(const char *rules, const char *host, uint16_t port)
{
    cleanup_strings struct strings list = strings_split(rules, ",");
    for (size_t i = 0; i < list.count; i++) {
        cleanup_strings struct strings words = strings_split(list.items[i], " \t");
        if (words.count == 1 && rule_holds(words.items[0], host, port))
            return true;
    }
    return false;
}

/* The variable in small letters counts before the one in capitals. */
static const char *environment(const char *small, const char *capital, const char **ret_name)
{
    const char *value = getenv(small);
    *ret_name = small;
    if (value && *value)
        return value;
    *ret_name = capital;
    value = getenv(capital);
    return value && *value ? value : NULL;
}

int kubeconfig_set_proxy_from_environment(struct kube_access *access, struct error **err)
{
    const char *name, *unused;
    const char *url = access->tls ? environment("https_proxy", "HTTPS_PROXY", &name)
                                  : environment("http_proxy", "HTTP_PROXY", &name);
    const char *exceptions = environment("no_proxy", "NO_PROXY", &unused);
    if (!url || is_loopback(access->host) ||
        (exceptions && is_excepted(exceptions, access->host, access->port)))
        return 0;
    char *whole = xasprintf("%s%s", strstr(url, "://") ? "" : "http://", url);
    int result = kubeconfig_set_proxy(access, whole, err);
    secret_wipe(whole, strlen(whole));
    free(whole);
    if (result < 0)
        error_wrap(err, "the proxy that %s names", name);
    return result;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Kubeconfigs. A form feed parts the input into two files, which are merged.
 */
#include "gvisor-smoke/kubeconfig.h"
#include "fuzz.h"

#define SEPARATOR '\f'

static struct fuzz_file files[2];

static void set_up(void)
{
    if (files[0].path)
        return;
    static const char *const proxies[] = {"https_proxy", "http_proxy", "no_proxy",
                                          "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"};
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        unsetenv(proxies[i]);
    for (size_t i = 0; i < 2; i++)
        files[i] = fuzz_file_new();
    cleanup_free char *list = xasprintf("%s:%s", files[0].path, files[1].path);
    setenv("KUBECONFIG", list, 1);
}

/* It becomes part of a request: nothing in it may begin another header or another request. */
static void assert_one_line(const char *text)
{
    for (const char *at = text ? text : ""; *at; at++)
        assert(((unsigned char)*at >= 0x20 && *at != 0x7F) || *at == '\t');
}

static void check(const struct kube_access *access)
{
    assert(access->server && access->host && *access->host && access->port && access->path_prefix);
    assert(!strpbrk(access->host, " /?#@[]"));
    assert_one_line(access->host);
    assert_one_line(access->path_prefix);
    assert(!strpbrk(access->path_prefix, " ?#"));
    assert(!access->tls_server_name || !strpbrk(access->tls_server_name, " /?#@[]\t\r\n"));
    assert_one_line(access->proxy_name);
    if (access->token)
        assert_one_line(secret_reveal(access->token));
    for (size_t i = 0; i < access->impersonation.count; i++)
        assert_one_line(access->impersonation.items[i]);
    for (size_t i = 0; i < access->warnings.count; i++)
        assert_one_line(access->warnings.items[i]);
    assert(!access->client_certificate_pem == !access->client_key_pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    set_up();
    const uint8_t *separator = length ? memchr(bytes, SEPARATOR, length) : NULL;
    size_t first = separator ? (size_t)(separator - bytes) : length;
    size_t rest = separator ? first + 1 : first;
    fuzz_file_fill(&files[0], bytes, first);
    fuzz_file_fill(&files[1], bytes + rest, length - rest);
    cleanup_error struct error *err = NULL;
    struct kubeconfig_options options = {0};
    struct kube_access *access = kube_access_load(&options, &err);
    assert(!access == (err != NULL));
    if (access)
        check(access);
    else
        assert_error(err);
    kube_access_free(access);
    return 0;
}

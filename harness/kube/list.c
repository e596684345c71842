/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists, page by page: each answer stays small, however much there is.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/kube.h"

/* What a page takes in memory is many times its text, and a node's text is long: 10 KB and more. */
#define PAGE 50
/* A list that is longer, or takes longer, has no end: a page comes within a second. */
#define PAGES_MAX 1000
#define BYTES_MAX ((size_t)256 * 1024 * 1024)
#define PATIENCE_MS 120000

static int check_progress(unsigned pages, size_t bytes, int64_t started_ms, struct error **err)
{
    if (pages < PAGES_MAX && bytes < BYTES_MAX && clock_monotonic_ms() - started_ms < PATIENCE_MS)
        return 0;
    cleanup_free char *waited = text_duration(clock_monotonic_ms() - started_ms);
    error_set(err, ERROR_ENVIRONMENT, "the list has no end: %u pages of %zu bytes came in %s", pages, bytes,
              waited);
    return -1;
}

int kube_call_list(struct kube *kube, const struct kube_request_options *options, kube_page on_page,
                   void *context, struct error **err)
{
    cleanup_free char *next = NULL;
    int64_t started_ms = clock_monotonic_ms();
    size_t bytes = 0;
    const char *separator = strchr(options->path, '?') ? "&" : "?";
    for (unsigned pages = 0;; pages++) {
        cleanup_free char *from = kube_escape(next ? next : "");
        cleanup_free char *path =
            xasprintf("%s%slimit=%d%s%s", options->path, separator, PAGE, *from ? "&continue=" : "", from);
        cleanup_free char *body = NULL;
        struct kube_request_options page = *options;
        page.path = path;
        if (check_progress(pages, bytes, started_ms, err) < 0 || kube_call(kube, &page, &body, err) < 0 ||
            on_page(context, body, err) < 0)
            return -1;
        bytes += strlen(body);
        free(next);
        next = kube_json_text(body, "/metadata/continue");
        if (!next || !*next)
            return 0;
    }
}

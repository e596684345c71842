/* SPDX-License-Identifier: Apache-2.0
 *
 * How a case's script starts in its pod: a short command that takes the script from standard input, and an
 * environment in front of it. Nothing of it goes into a URL but the command itself, so nothing of it is in an
 * access log.
 */
#include "gvisor-smoke/cleanup.h"
#include "run_private.h"

#include <string.h>

/* $1: bytes of the script, $2: its timeout in seconds. The script runs in a folder of its own, which goes
 * with it; `head -c` and not the end of the input, because the v4 protocol cannot close it. */
static const char starter[] =
    "n(){ echo '" PRELUDE_NO_FOLDER "' >&2;exit 125;};d=$(mktemp -d \"${TMPDIR:-/tmp}/case.XXXXXX\")||n;"
    "trap 'cd /;chmod -R u+w \"$d\";rm -rf \"$d\"' 0;mkdir \"$d/work\"&&"
    "head -c \"$1\">\"$d/run\"&&cd \"$d/work\"||n;export GVISOR_SMOKE_DIR=\"$d\";"
    "timeout -k 5 \"$2\" sh ../run</dev/null;e=$?;echo \"" PRELUDE_END "$e\">&2;exit $e";
/* Its commands that are no built-ins of a shell. */
static const char *const starter_needs[] = {"chmod", "head", "mkdir", "mktemp", "rm", "timeout"};

static void export(struct buf *input, const char *name, const char *value)
{
    cleanup_free char *quoted = text_shell_quote(value ? value : "");
    buf_printf(input, "export %s=%s\n", name, quoted);
}

static void export_joined(struct buf *input, const char *name, const char *base, const char *tail,
                          const char *given)
{
    cleanup_free char *joined = *base ? xasprintf("%s%s", base, tail) : NULL;
    if (joined || given)
        export(input, name, given ? given : joined);
}

static void export_urls(struct buf *input, const struct run *run)
{
    const struct run_options *options = run->options;
    const char *base = run->fixture_url;
    export(input, "FIXTURE_URL", base);
    export_joined(input, "GIT_URL", base, "/git/sample.git", options->git_url);
    export_joined(input, "GIT_PUSH_URL", base, "/git/sample.git", options->git_push_url);
    export_joined(input, "npm_config_registry", base, "/npm/", options->npm_registry);
    export_joined(input, "PIP_INDEX_URL", base, "/pypi/simple/", options->pip_index_url);
    export_joined(input, "HTTPS_URL", base, "/blob", options->https_url);
    if (!options->https_url && *base)
        export_joined(input, "HTTPS_SHA256_URL", base, "/blob.sha256", NULL);
    export_joined(input, "GOPROXY", base, "/go", options->goproxy);
    if (!options->goproxy && *base) {
        /* The fixture has no checksum database; the module's content is checked by its own go.sum. */
        export(input, "GONOSUMDB", "*");
        export(input, "GOSUMDB", "off");
    }
    export(input, "GOFLAGS", "-mod=mod");
    export(input, "GOTOOLCHAIN", "local");
    export(input, "EGRESS_URL", options->egress_url);
}

static void export_authorities(struct buf *input, const struct run *run)
{
    static const char *const names[] = {"SSL_CERT_FILE",       "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
                                        "NODE_EXTRA_CA_CERTS", "PIP_CERT",       "REQUESTS_CA_BUNDLE"};
    if (!*run->ca_pem)
        return;
    buf_printf(input, "{ cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null; cat <<'END_OF_AUTHORITIES'\n%s",
               run->ca_pem);
    if (!text_ends_with(run->ca_pem, "\n"))
        buf_append_text(input, "\n");
    buf_append_text(input, "END_OF_AUTHORITIES\n} >\"$GVISOR_SMOKE_DIR/ca.pem\"\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        buf_printf(input, "export %s=\"$GVISOR_SMOKE_DIR/ca.pem\"\n", names[i]);
}

/* Whether a case that comes after this one is to find what it leaves. */
static bool is_followed(const struct execution *execution)
{
    const struct node_run *node = execution->owner->node;
    for (size_t i = 0; i < node->case_count; i++) {
        const struct test_case *next = node->cases[i].test_case;
        bool after = next->after && strcmp(next->after, execution->owner->test_case->name) == 0;
        if (after && !(next->second_pod && node->run->options->existing_pod))
            return true;
    }
    return false;
}

static char *make_input(const struct execution *execution)
{
    const struct run *run = execution->owner->node->run;
    const struct test_case *test_case = execution->owner->test_case;
    struct buf input;
    buf_init(&input, SIZE_MAX / 2);
    buf_append_text(&input, "export HOME=\"$PWD\" TMPDIR=\"$PWD\"\n");
    cleanup_free char *id =
        xasprintf("%s-%zu-%s-%s", run->id, (size_t)(execution->owner->node - run->nodes) + 1, test_case->name,
                  execution->runtime == RUNTIME_GVISOR ? "gvisor" : "control");
    export(&input, "GVISOR_SMOKE_ID", id);
    export(&input, "GVISOR_SMOKE_CASE", test_case->name);
    export(&input, "GVISOR_SMOKE_FOLLOWED", is_followed(execution) ? "yes" : "no");
    export(&input, "WORKSPACE", WORKSPACE_PATH);
    export_urls(&input, run);
    export_authorities(&input, run);
    buf_append(&input, test_case->script, test_case->script_length);
    char *owned = buf_steal(&input);
    buf_release(&input);
    return owned;
}

static void make_plain(struct prelude *prelude, int64_t timeout_ms)
{
    prelude->length = xasprintf("%zu", strlen(prelude->script));
    prelude->timeout = xasprintf("%lld.%03lld", (long long)timeout_ms / 1000, (long long)timeout_ms % 1000);
    const char *const words[] = {"sh", "-c", starter, "sh", prelude->length, prelude->timeout, NULL};
    memcpy(prelude->plain_command, words, sizeof words);
    prelude->command = prelude->plain_command;
    prelude->input = prelude->script;
    prelude->input_length = strlen(prelude->script);
}

void prelude_make_run(struct prelude *prelude, const struct execution *execution)
{
    const struct test_case *test_case = execution->owner->test_case;
    *prelude = (struct prelude){.script = make_input(execution)};
    prelude->run = (struct supervisor_run){
        .path = execution->pod->run->supervisor_path,
        .id = execution->id,
        .timeout_ms = test_case->timeout_ms,
        .watch_input = true,
        .forgotten = (const char *const *)execution->forgotten.items,
        .needs = (const char *const *)test_case->needs.items,
        .script = prelude->script,
        .script_length = strlen(prelude->script),
    };
}

static void make_supervised(struct prelude *prelude)
{
    prelude->supervised = supervisor_run_make(&prelude->run);
    prelude->command = prelude->supervised.command;
    prelude->input = prelude->supervised.input;
    prelude->input_length = prelude->supervised.input_length;
}

void prelude_make(struct prelude *prelude, const struct execution *execution)
{
    prelude_make_run(prelude, execution);
    if (execution->pod->supervised)
        make_supervised(prelude);
    else
        make_plain(prelude, execution->owner->test_case->timeout_ms);
}

void prelude_release(struct prelude *prelude)
{
    supervisor_exec_release(&prelude->supervised);
    free(prelude->length);
    free(prelude->timeout);
    free(prelude->script);
}

struct strings prelude_needs(const struct run_pod *pod)
{
    struct strings needed = {0};
    for (size_t i = 0; i < pod->node->case_count; i++) {
        const struct run_case *run_case = &pod->node->cases[i];
        if (run_case->gvisor.pod != pod && run_case->control.pod != pod)
            continue;
        for (size_t k = 0; k < run_case->test_case->needs.count; k++)
            if (!strings_contain(&needed, run_case->test_case->needs.items[k]))
                strings_add(&needed, run_case->test_case->needs.items[k]);
    }
    return needed;
}

static void add_missing(struct strings *missing, const struct run_pod *pod, const char *command)
{
    if (strings_contain(&pod->missing, command) && !strings_contain(missing, command))
        strings_add(missing, command);
}

struct strings prelude_missing(const struct execution *execution)
{
    const struct strings *needs = &execution->owner->test_case->needs;
    struct strings missing = {0};
    for (size_t i = 0; i < needs->count; i++)
        add_missing(&missing, execution->pod, needs->items[i]);
    for (size_t i = 0; i < sizeof starter_needs / sizeof *starter_needs && !execution->pod->supervised; i++)
        add_missing(&missing, execution->pod, starter_needs[i]);
    return missing;
}

char *prelude_survey(const struct run_pod *pod)
{
    struct strings needed = prelude_needs(pod);
    for (size_t i = 0; i < sizeof starter_needs / sizeof *starter_needs; i++)
        strings_add(&needed, starter_needs[i]);
    cleanup_free char *words = strings_join(&needed, " ");
    strings_release(&needed);
    return xasprintf(
        "for c in %s; do command -v \"$c\" >/dev/null 2>&1 || echo \"$c\"; done; echo " PRELUDE_SURVEY_END
        "\n",
        words);
}

/* The service's address is programmed into each node a moment after the fixture is ready; only a try from
 * inside a pod shows when. An image without curl goes without this wait. */
char *prelude_probe(const struct run *run)
{
    return xasprintf(
        "command -v curl >/dev/null 2>&1 || exit 0; i=0;"
        "until curl -sk -o /dev/null --max-time 2 %s/healthz; do i=$((i+1)); [ $i -ge 100 ] && exit 1;"
        "sleep 0.1; done\n",
        run->fixture_url);
}

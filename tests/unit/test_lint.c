/* SPDX-License-Identifier: Apache-2.0
 *
 * Linting of manifests: each rule, how pod specs are found, what is accepted, and what no file can do to it.
 */
#include "unit.h"

#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/lint.h"
#include "xpath.h"

/* A report with the options it was made with. */
struct made {
    struct lint_options options;
    struct lint_report report;
};

static void made_release(struct made *made)
{
    lint_report_release(&made->report);
    lint_options_release(&made->options);
}
#define cleanup_made __attribute__((cleanup(made_release)))

static void look_at(struct made *made, const char *text)
{
    lint_text(&made->report, &made->options, "file.yaml", text, strlen(text));
}

static void expect_fine(int result, const struct error *err)
{
    if (result < 0)
        fail_msg("%s", err ? err->message : "no error");
}

/* All that is found, as "rule@line" joined by blanks. The caller frees it. */
static char *found_in(const struct lint_report *report)
{
    cleanup_strings struct strings all = {0};
    for (size_t i = 0; i < report->subject_count; i++)
        for (size_t k = 0; k < report->subjects[i].finding_count; k++) {
            const struct lint_finding *finding = &report->subjects[i].findings[k];
            cleanup_free char *text = xasprintf("%s%s@%zu", finding->accepted ? "(accepted)" : "",
                                                lint_rule_name(finding->rule), finding->line);
            strings_add(&all, text);
        }
    return strings_join(&all, " ");
}

/* What all rules find in the text. The caller frees it. */
static char *found(const char *text)
{
    cleanup_made struct made made = {0};
    cleanup_error struct error *err = NULL;
    lint_options_init(&made.options);
    expect_fine(lint_options_rule(&made.options, "privilege-escalation", &err), err);
    look_at(&made, text);
    return found_in(&made.report);
}

/* --- rules --- */

#define GOOD_POD "runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}"
#define GOOD "readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}"

/* A Pod whose interesting values are each on a line of their own. */
static char *pod(const char *runtime_class, const char *settings, const char *container)
{
    return xasprintf(
        "kind: Pod\nmetadata: {name: p}\nspec:\n  %s\n  securityContext: {%s}\n  containers:\n  - "
        "name: c\n    securityContext: {%s}\n",
        runtime_class ? runtime_class : "runtimeClassName: gvisor", settings ? settings : GOOD_POD,
        container ? container : GOOD);
}

static void each_rule_finds_what_it_is_for_and_nothing_else(void **state)
{
    static const struct {
        const char *runtime_class, *settings, *container, *found;
    } rows[] = {
        {NULL, NULL, NULL, ""},
        {"a: b", NULL, NULL, "runtime-class@4"},
        {"runtimeClassName: null", NULL, NULL, "runtime-class@4"},
        {"runtimeClassName: \"\"", NULL, NULL, "runtime-class@4"},
        {"runtimeClassName: gVisor", NULL, NULL, "runtime-class@4"},
        {"runtimeClassName: [gvisor]", NULL, NULL, "runtime-class@4"},
        {"runtimeClassName: 'gvisor'", NULL, NULL, ""},
        /* the pod's settings */
        {NULL, "a: b", NULL, "non-root@4 seccomp@4"},
        {NULL, "runAsUser: 65532, seccompProfile: {type: RuntimeDefault}", NULL, ""},
        {NULL, "runAsUser: 0, " GOOD_POD, NULL, "non-root@5"},
        {NULL, "runAsUser: 0x0, " GOOD_POD, NULL, "non-root@5"},
        {NULL, "runAsUser: -0, " GOOD_POD, NULL, "non-root@5"},
        {NULL, "runAsUser: \"65532\", " GOOD_POD, NULL, "non-root@5"},
        {NULL, "runAsUser: {}, " GOOD_POD, NULL, "non-root@5"},
        {NULL, "runAsNonRoot: false, seccompProfile: {type: RuntimeDefault}", NULL, "non-root@5"},
        {NULL, "runAsNonRoot: \"true\", seccompProfile: {type: RuntimeDefault}", NULL, "non-root@5"},
        {NULL, "runAsNonRoot: yes, seccompProfile: {type: RuntimeDefault}", NULL, ""},
        {NULL, "runAsNonRoot: true, seccompProfile: {type: Unconfined}", NULL, "seccomp@5"},
        {NULL, "runAsNonRoot: true, seccompProfile: {type: Localhost}", NULL, "seccomp@5"},
        {NULL, "runAsNonRoot: true, seccompProfile: {}", NULL, "seccomp@5"},
        {NULL, "runAsNonRoot: true, seccompProfile: RuntimeDefault", NULL, "seccomp@5"},
        /* a container overrides them, both ways */
        {NULL, NULL, "runAsUser: 0, " GOOD, "non-root@8"},
        {NULL, NULL, "runAsNonRoot: false, " GOOD, "non-root@8"},
        {NULL, "runAsUser: 0, " GOOD_POD, "runAsUser: 1, " GOOD, ""},
        {NULL, "a: b", GOOD_POD ", " GOOD, ""},
        {NULL, NULL, "seccompProfile: {type: Unconfined}, " GOOD, "seccomp@8"},
        {NULL, "runAsNonRoot: true, seccompProfile: {type: Unconfined}",
         "seccompProfile: {type: RuntimeDefault}, " GOOD, ""},
        /* what only containers have */
        {NULL, NULL, "a: b", "capabilities@7 read-only-root@7 privilege-escalation@7"},
        {NULL, GOOD_POD ", " GOOD, "a: b", "capabilities@5 read-only-root@5 privilege-escalation@5"},
        {NULL, NULL, "privileged: true, " GOOD, "privileged@8"},
        {NULL, NULL, "privileged: \"false\", " GOOD, "privileged@8"},
        {NULL, NULL, "privileged: false, " GOOD, ""},
        {NULL, GOOD_POD ", privileged: true", NULL, ""},
        {NULL, NULL,
         "readOnlyRootFilesystem: false, allowPrivilegeEscalation: true, capabilities: {drop: [ALL]}",
         "read-only-root@8 privilege-escalation@8"},
        {NULL, NULL,
         "readOnlyRootFilesystem: True, allowPrivilegeEscalation: no, capabilities: {drop: [all]}", ""},
        {NULL, NULL, "readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {}",
         "capabilities@8"},
        {NULL, NULL,
         "readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: ALL}",
         "capabilities@8"},
        {NULL, NULL,
         "readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [NET_RAW]}",
         "capabilities@8"},
        {NULL, NULL,
         "readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [X, ALL], add: "
         "[]}",
         ""},
        {NULL, NULL,
         "readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: "
         "[A]}",
         "capabilities@8"},
        {NULL, NULL,
         "readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {add: [A]}",
         "capabilities@8 capabilities@8"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_free char *text = pod(rows[i].runtime_class, rows[i].settings, rows[i].container);
        cleanup_free char *seen = found(text);
        if (strcmp(seen, rows[i].found) != 0)
            fail_msg("found \"%s\", expected \"%s\" in\n%s", seen, rows[i].found, text);
    }
}

static const char *message_of(const struct made *made, size_t subject, size_t finding)
{
    assert_true(subject < made->report.subject_count);
    assert_true(finding < made->report.subjects[subject].finding_count);
    return made->report.subjects[subject].findings[finding].message;
}

static void containers_of_all_kinds_are_looked_at_and_named(void **state)
{
    (void)state;
    cleanup_made struct made made = {0};
    lint_options_init(&made.options);
    look_at(&made, "kind: Pod\nmetadata: {name: p}\nspec:\n"
                   "  runtimeClassName: gvisor\n"
                   "  containers: [{name: a, securityContext: {" GOOD "}}, {securityContext: {" GOOD "}}]\n"
                   "  initContainers: [{name: i, securityContext: {runAsUser: 1, " GOOD "}}]\n"
                   "  ephemeralContainers: [{name: e, securityContext: {" GOOD "}}]\n");
    assert_int_equal(made.report.subject_count, 1);
    assert_int_equal(made.report.found, 2);
    assert_contains(message_of(&made, 0, 0),
                    "container \"a\", container 2, ephemeral container \"e\": it may run");
    assert_contains(message_of(&made, 0, 1), "init container \"i\", container \"a\", container 2, ephemeral");
    assert_string_equal(made.report.subjects[0].findings[0].fix,
                        "in spec.securityContext write: runAsNonRoot: true");
}

/* --- what is a pod spec --- */

#define SPEC "{containers: [{name: c}]}"

static void pod_specs_are_found_wherever_they_are(void **state)
{
    static const struct {
        const char *text, *where; /* "object at path", joined by "; " */
    } rows[] = {
        {"kind: Pod\nmetadata: {name: n}\nspec: " SPEC "\n", "Pod n at spec"},
        {"kind: CronJob\nmetadata: {name: n, namespace: s}\nspec: {jobTemplate: {spec: {template: "
         "{spec: " SPEC "}}}}\n",
         "CronJob s/n at spec.jobTemplate.spec.template.spec"},
        {"kind: Own\nmetadata: {generateName: n-}\nspec: {a: [{b: " SPEC "}, {b: " SPEC "}]}\n",
         "Own n- at spec.a[0].b; Own n- at spec.a[1].b"},
        {"kind: PodTemplate\ntemplate: {spec: " SPEC "}\n", "PodTemplate (no name) at template.spec"},
        {"{\"kind\": \"Pod\", \"metadata\": {\"name\": \"n\"}, \"spec\": {\"containers\": [{\"name\": "
         "\"c\"}]}}",
         "Pod n at spec"},
        {"kind: List\nitems:\n- {kind: Pod, metadata: {name: a}, spec: " SPEC "}\n"
         "- {kind: List, items: [{kind: Pod, metadata: {name: b}, spec: " SPEC "}]}\n",
         "Pod a at spec; Pod b at spec"},
        {"kind: PodList\nitems: [{metadata: {name: a}, spec: " SPEC "}]\n", "Pod a at spec"},
        /* merged in, and overridden */
        {"kind: Own\nx: &x {spec: " SPEC "}\ny: {<<: *x}\nz: {<<: [*x], spec: {}}\n",
         "Own (no name) at x.spec; Own (no name) at y.spec"},
        {"kind: Own\nx: &x " SPEC "\ny: {<<: *x, a: b}\n", "Own (no name) at x; Own (no name) at y"},
        /* none of these */
        {"kind: Own\nmetadata: {x: " SPEC "}\nstatus: {x: " SPEC "}\nspec: {status: " SPEC "}\n",
         "Own (no name) at spec.status"},
        {"kind: ConfigMap\ndata:\n  a: |\n    containers: [{name: c}]\n---\n", ""},
        {"kind: Own\nspec: {containers: [a, b], x: {containers: {name: c}}, y: {containers: []}}\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_made struct made made = {0};
        cleanup_strings struct strings all = {0};
        lint_options_init(&made.options);
        look_at(&made, rows[i].text);
        for (size_t k = 0; k < made.report.subject_count; k++) {
            const struct lint_subject *subject = &made.report.subjects[k];
            cleanup_free char *text =
                xasprintf("%s at %s", subject->object, subject->pod_spec ? subject->pod_spec : "?");
            strings_add(&all, text);
        }
        cleanup_free char *seen = strings_join(&all, "; ");
        assert_string_equal(seen, rows[i].where);
        assert_int_equal(made.report.pod_specs, all.count);
    }
}

static void what_is_no_manifest_is_told_and_hides_nothing(void **state)
{
    static const struct {
        const char *text, *found, *message;
    } rows[] = {
        {"a: b\n", "manifest@1", "this is no manifest: it has no kind"},
        {"- a\n", "manifest@1", "it is not a mapping"},
        {"---\n# c\n---\nkind: [\n---\nkind: Pod\nspec: " SPEC "\n",
         "manifest@5 runtime-class@7 non-root@7 capabilities@7 read-only-root@7 seccomp@7 "
         "privilege-escalation@7",
         "the document cannot be read: not YAML: "},
        {"kind: A\n---\nname: {{ .Values.x }}-job\n---\nkind: B\n", "manifest@3", "`helm template`"},
        {"kind: A\nname: {{ .Values.x }}\n---\nkind: B\n", "manifest@2", "`helm template`"},
        {"kind: A\n\n---\nx: \x01\n", "manifest@4", "cannot be read: control characters are not allowed"},
        {"kind: A\nx: &x [*x]\n", "manifest@2", "an alias that contains itself"},
        {"kind: A\nx: {a: 1, b: 2,\n a: 3}\n", "manifest@3", "the key \"a\" is there twice, in line 2 too"},
        {"kind: A\nx: 1\nx: 2\nx: 3\n", "manifest@3 manifest@4", "\"x\""},
        {"kind: Deployment\nspec: {template: {spec: {containers: []}}}\n", "manifest@1",
         "a Deployment without containers"},
        {"kind: Job\n", "manifest@1", "a Job without containers"},
        {"kind: Own\nspec: {initContainers: {}, containers: [1, {securityContext: {" GOOD_POD ", " GOOD
         "}}],\n"
         "  runtimeClassName: gvisor}\n",
         "manifest@2 manifest@2", "spec.initContainers is not a list"},
        {"%YAML 1.1\n---\nkind: A\n...\n---\n- a\n", "manifest@6", "not a mapping"},
        {"kind: A\nx: |\n  ---\n  y\n--- # end\n- a\n", "manifest@6", "not a mapping"},
        {"kind: A\n---\n~\n---\nnull\n--- \n", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_made struct made made = {0};
        cleanup_free char *seen = found(rows[i].text);
        assert_string_equal(seen, rows[i].found);
        lint_options_init(&made.options);
        look_at(&made, rows[i].text);
        assert_int_equal(made.report.found > 0, rows[i].message != NULL);
        for (size_t k = 0; rows[i].message && k < made.report.subject_count; k++)
            if (!made.report.subjects[k].pod_spec)
                assert_contains(message_of(&made, k, 0), rows[i].message);
    }
}

static void helms_comment_names_the_template_until_the_next_document(void **state)
{
    (void)state;
    cleanup_made struct made made = {0};
    lint_options_init(&made.options);
    look_at(&made, "---\n# Source: c/templates/\x1b[31ma.yaml\nkind: Pod\nspec: " SPEC
                   "\n---\nkind: Pod\nspec: " SPEC
                   "\n---\r\n# Source: c/templates/b.yaml\r\nkind: Pod\r\nspec: " SPEC "\r\n");
    assert_int_equal(made.report.subject_count, 3);
    assert_string_equal(made.report.subjects[0].source, "c/templates/#x1B[31ma.yaml");
    assert_null(made.report.subjects[1].source);
    assert_string_equal(made.report.subjects[2].source, "c/templates/b.yaml");
}

/* --- options --- */

static void what_is_accepted_is_kept_and_counted(void **state)
{
    static const struct {
        const char *skip, *found;
        int exit_code;
    } rows[] = {
        {"runtime-class", "(accepted)runtime-class@1 seccomp@1", 1},
        {"runtime-class@Pod/web-1", "(accepted)runtime-class@1 seccomp@1", 1},
        {"runtime-class@Pod/web-*", "(accepted)runtime-class@1 seccomp@1", 1},
        {"runtime-class@Pod/shop/web-1", "(accepted)runtime-class@1 seccomp@1", 1},
        {"runtime-class@*/*", "(accepted)runtime-class@1 seccomp@1", 1},
        {"runtime-class@Pod/web", "runtime-class@1 seccomp@1", 1},
        {"runtime-class@Job/web-1", "runtime-class@1 seccomp@1", 1},
        {"runtime-class@Pod/other/web-1", "runtime-class@1 seccomp@1", 1},
        {"non-root", "runtime-class@1 seccomp@1", 1},
        {"runtime-class seccomp@Pod/web-1", "(accepted)runtime-class@1 (accepted)seccomp@1", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_made struct made made = {0};
        cleanup_error struct error *err = NULL;
        struct strings words = strings_split(rows[i].skip, " ");
        lint_options_init(&made.options);
        for (size_t k = 0; k < words.count; k++)
            expect_fine(lint_options_skip(&made.options, words.items[k], &err), err);
        strings_release(&words);
        look_at(&made,
                "{kind: Pod, metadata: {name: web-1, namespace: shop}, spec: {containers: [{securityContext: "
                "{runAsNonRoot: true, " GOOD "}}]}}\n");
        cleanup_free char *seen = found_in(&made.report);
        assert_string_equal(seen, rows[i].found);
        assert_int_equal(lint_report_exit_code(&made.report), rows[i].exit_code);
        assert_int_equal(made.report.found + made.report.accepted, 2);
        assert_int_equal(made.report.pod_specs_wanting, rows[i].exit_code);
    }
}

static void rules_are_chosen(void **state)
{
    static const char text[] = "{kind: Pod, spec: {containers: [{name: c}]}}\n";
    char *only[] = {(char *)"seccomp", (char *)"non-root", NULL};
    (void)state;
    cleanup_made struct made usual = {0}, chosen = {0};
    cleanup_error struct error *err = NULL;
    lint_options_init(&usual.options);
    look_at(&usual, text);
    cleanup_free char *all = found_in(&usual.report);
    assert_string_equal(all, "runtime-class@1 non-root@1 capabilities@1 read-only-root@1 seccomp@1");
    lint_options_init(&chosen.options);
    chosen.options.runtime_class = "kata";
    expect_fine(lint_options_only(&chosen.options, only, &err), err);
    look_at(&chosen, text);
    cleanup_free char *some = found_in(&chosen.report);
    assert_string_equal(some, "non-root@1 seccomp@1");
    assert_int_equal(lint_options_rule(&chosen.options, "root", &err), -1);
    assert_contains(err->message, "there is no rule \"root\": the rules are manifest, runtime-class, ");
    cleanup_error struct error *second = NULL;
    assert_int_equal(lint_options_skip(&chosen.options, "seccomp@web", &second), -1);
    assert_contains(second->message, "what follows \"@\" is KIND/NAME");
}

static void silence_is_not_green(void **state)
{
    static const struct {
        const char *text, *problem;
        int exit_code;
    } rows[] = {
        {"", "there is nothing in it", 2},
        {"---\n# Source: a\n---\n", "there is nothing in it", 2},
        {"a: b\n", "there is no manifest", 2},
        {"kind: Service\n---\nkind: ConfigMap\n", "there is no pod spec in 2 manifests", 2},
        {"kind: Service\n---\nkind: [\n", "there is no pod spec in 1 manifest: nothing", 2},
        {"{kind: Pod, spec: {runtimeClassName: gvisor, containers: [{securityContext: {" GOOD_POD ", " GOOD
         "}}]}}",
         NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_made struct made made = {0};
        lint_options_init(&made.options);
        look_at(&made, rows[i].text);
        cleanup_free char *problem = lint_report_problem(&made.report);
        assert_int_equal(lint_report_exit_code(&made.report), rows[i].exit_code);
        if (rows[i].problem)
            assert_contains(problem, rows[i].problem);
        else
            assert_null(problem);
        /* A file that cannot be read beside it is never made up for. */
        lint_unreadable(&made.report, "other", "cannot read \"other\"");
        assert_int_equal(lint_report_exit_code(&made.report), 2);
    }
}

/* --- hostile files --- */

static void a_file_cut_at_any_byte_does_no_harm(void **state)
{
    (void)state;
    cleanup_free char *text = folder_read(SOURCE_FOLDER "/tests/lint", "chart.yaml");
    size_t length = strlen(text), whole = 0;
    for (size_t cut = 0; cut <= length; cut += cut < length - 40 ? 3 : 1) {
        cleanup_made struct made made = {0};
        cleanup_free char *part = xcalloc(cut, 1); /* so that a byte too far is seen */
        memcpy(part, text, cut);
        lint_options_init(&made.options);
        lint_text(&made.report, &made.options, "part", part, cut);
        whole = made.report.found;
        cleanup_free char *problem = lint_report_problem(&made.report);
        assert_true(problem || made.report.pod_specs > 0);
    }
    assert_int_equal(whole, 29);
}

static void bombs_are_refused(void **state)
{
    (void)state;
    cleanup_made struct made made = {0};
    cleanup_buf struct buf text;
    buf_init(&text, 32 << 20);
    buf_append_text(&text, "kind: Own\na0: &a0 " SPEC "\n");
    for (int i = 1; i < 40; i++)
        buf_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1);
    lint_options_init(&made.options);
    look_at(&made, text.bytes);
    assert_contains(message_of(&made, 0, 0), "aliases that stand for too many values");
    lint_report_release(&made.report);

    buf_clear(&text);
    buf_append_text(&text, "kind: Own\na0: &a0 " SPEC "\n");
    for (int i = 1; i < 40; i++) /* the same by merge keys */
        buf_printf(&text, "a%d: &a%d {<<: [*a%d,*a%d,*a%d,*a%d]}\n", i, i, i - 1, i - 1, i - 1, i - 1);
    look_at(&made, text.bytes);
    assert_contains(message_of(&made, 0, 0), "aliases that stand for too many values");
    lint_report_release(&made.report);

    buf_clear(&text);
    buf_append_text(&text, "kind: ");
    for (int i = 0; i < 10 << 20; i++)
        buf_append_text(&text, "[");
    look_at(&made, text.bytes);
    assert_contains(message_of(&made, 0, 0), "nested too deeply");
}

static void findings_pod_specs_and_documents_have_a_maximum(void **state)
{
    static const struct {
        const char *document, *cut;
        size_t count;
        int exit_code;
    } rows[] = {
        {"---\n{kind: Pod, spec: " SPEC "}\n", "there are too many findings", 3000, 1},
        {"---\n{kind: Pod, spec: {runtimeClassName: gvisor, containers: [{securityContext: {" GOOD_POD
         ", " GOOD "}}]}}\n",
         "there are too many pod specs", 20001, 2},
        {"---\nkind: A\n", "there are too many documents", 50001, 2},
        {"---\na\n", "there are too many findings", 10001, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cleanup_made struct made made = {0};
        cleanup_buf struct buf text;
        buf_init(&text, 32 << 20);
        for (size_t k = 0; k < rows[i].count; k++)
            buf_append_text(&text, rows[i].document);
        lint_options_init(&made.options);
        look_at(&made, text.bytes);
        assert_non_null(made.report.cut);
        assert_string_equal(made.report.cut, rows[i].cut);
        assert_int_equal(lint_report_exit_code(&made.report), rows[i].exit_code);
        assert_true(made.report.found <= LINT_FINDING_MAX);
        assert_true(made.report.pod_specs <= LINT_POD_SPEC_MAX);
    }
}

/* --- JUnit --- */

/* The value of an XPath expression in the report's JUnit. The caller frees it. */
static char *look_up(const struct made *made, const char *expression)
{
    char *folder = folder_make();
    cleanup_free char *path = xasprintf("%s/junit.xml", folder);
    cleanup_error struct error *err = NULL;
    expect_fine(lint_report_junit(&made->report, &made->options, 5, path, &err), err);
    xmlDocPtr document = xmlReadFile(path, NULL, XML_PARSE_NONET);
    assert_non_null(document);
    folder_remove(folder);
    char *text = xpath_string(document, expression);
    xmlFreeDoc(document);
    return text;
}

static void expect_in_junit(const struct made *made, const char *expression, const char *expected)
{
    cleanup_free char *value = look_up(made, expression);
    if (strcmp(value, expected) != 0)
        fail_msg("%s is \"%s\", not \"%s\"", expression, value, expected);
}

static void junit_has_a_case_for_each_pod_spec_and_rule(void **state)
{
    (void)state;
    cleanup_made struct made made = {0};
    cleanup_error struct error *err = NULL;
    lint_options_init(&made.options);
    expect_fine(lint_options_skip(&made.options, "seccomp", &err), err);
    look_at(&made,
            "kind: Pod\nmetadata: {name: \"a<&\\x01\"}\nspec: " SPEC "\n---\nkind: Pod\nmetadata: {name: b}\n"
            "spec: {runtimeClassName: gvisor, containers: [{name: c}]}\n---\nkind: Pod\nmetadata: {name: b}\n"
            "spec: " SPEC "\n---\n- x\n");
    expect_in_junit(&made, "count(//testcase)", "20"); /* 3 * 6, the file, and whether there is anything */
    expect_in_junit(&made, "//testsuite/@tests", "20");
    expect_in_junit(&made, "//testsuite/@failures", "12");
    expect_in_junit(&made, "count(//testcase[failure])", "12");
    expect_in_junit(&made, "//testsuite/@skipped", "3");
    expect_in_junit(&made, "count(//testcase[skipped])", "3");
    expect_in_junit(&made, "//testsuite/@errors", "0");
    expect_in_junit(&made, "//testcase[@name='test_runtime_class[Pod/b]']/@classname",
                    "tests.helm.test_gvisor_runtime_class.TestRenderedManifests");
    expect_in_junit(&made, "count(//testcase[@name='test_runtime_class[Pod/b]']/*)", "0");
    expect_in_junit(&made, "count(//testcase[@name='test_runtime_class[Pod/b]#2']/failure)", "1");
    expect_in_junit(&made, "count(//testcase[@name='test_non_root[Pod/a<&?]']/failure)", "1");
    expect_in_junit(&made, "//testcase[@name='test_seccomp[Pod/b]']/skipped/@type", "pytest.skip");
    expect_in_junit(&made,
                    "starts-with(//testcase[@name='test_seccomp[Pod/b]']/skipped/@message, 'accepted by')",
                    "true");
    expect_in_junit(&made, "//testcase[@name='test_manifest[file.yaml]']/failure/@type", "manifest");
    expect_in_junit(&made, "count(//testcase[@name='test_pod_specs_are_found']/*)", "0");
}

static void junit_says_that_nothing_was_looked_at(void **state)
{
    (void)state;
    cleanup_made struct made made = {0};
    lint_options_init(&made.options);
    look_at(&made, "kind: Service\n");
    lint_unreadable(&made.report, "b.yaml", "cannot read \"b.yaml\": No such file or directory");
    expect_in_junit(&made, "//testsuite/@errors", "2");
    expect_in_junit(&made, "count(//testcase[error])", "2");
    expect_in_junit(&made, "//testcase[@name='test_manifest[b.yaml]']/error/@message",
                    "cannot read \"b.yaml\": No such file or directory");
    expect_in_junit(&made, "count(//testcase[@name='test_pod_specs_are_found']/error)", "1");
}

/* A rule that was not applied any more is no passed case. */
static void junit_passes_nothing_that_was_not_looked_at(void **state)
{
    (void)state;
    cleanup_made struct made made = {0};
    cleanup_buf struct buf text;
    buf_init(&text, 32 << 20);
    buf_append_text(&text, "kind: Pod\nspec:\n  runtimeClassName: gvisor\n  containers:\n");
    for (int i = 0; i < LINT_FINDING_MAX; i++)
        buf_append_text(&text, "  - {name: c}\n");
    lint_options_init(&made.options);
    look_at(&made, text.bytes);
    expect_in_junit(&made, "count(//testcase[@name='test_capabilities[Pod/(no name)]']/failure)", "1");
    expect_in_junit(&made, "count(//testcase[@name='test_privileged[Pod/(no name)]']/error)", "1");
    expect_in_junit(&made, "count(//testcase[@name='test_pod_specs_are_found']/error)", "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_finds_what_it_is_for_and_nothing_else),
        cmocka_unit_test(containers_of_all_kinds_are_looked_at_and_named),
        cmocka_unit_test(pod_specs_are_found_wherever_they_are),
        cmocka_unit_test(what_is_no_manifest_is_told_and_hides_nothing),
        cmocka_unit_test(helms_comment_names_the_template_until_the_next_document),
        cmocka_unit_test(what_is_accepted_is_kept_and_counted),
        cmocka_unit_test(rules_are_chosen),
        cmocka_unit_test(silence_is_not_green),
        cmocka_unit_test(a_file_cut_at_any_byte_does_no_harm),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(findings_pod_specs_and_documents_have_a_maximum),
        cmocka_unit_test(junit_has_a_case_for_each_pod_spec_and_rule),
        cmocka_unit_test(junit_says_that_nothing_was_looked_at),
        cmocka_unit_test(junit_passes_nothing_that_was_not_looked_at),
    };
    return cmocka_run_group_tests_name("linting of manifests", tests, NULL, NULL);
}

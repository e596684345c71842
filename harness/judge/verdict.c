/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of verdicts: expectation, evidence under gVisor, evidence under the default runtime.
 */
#include <assert.h>
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "judge.h"

#define CONTROL_NAME "the default runtime"

static const char *const kind_names[] = {
    [VERDICT_PASSED] = "passed",
    [VERDICT_FAILED] = "failed",
    [VERDICT_ERROR] = "error",
    [VERDICT_SKIPPED] = "skipped",
};

const char *verdict_kind_name(enum verdict_kind kind)
{
    return kind_names[kind];
}

bool verdict_kind_parse(const char *word, enum verdict_kind *ret_kind)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (strcmp(word, kind_names[i]) == 0) {
            *ret_kind = (enum verdict_kind)i;
            return true;
        }
    return false;
}

enum verdict_kind verdict_worse(enum verdict_kind left, enum verdict_kind right)
{
    static const int badness[] = {
        [VERDICT_PASSED] = 0, [VERDICT_SKIPPED] = 1, [VERDICT_ERROR] = 2, [VERDICT_FAILED] = 3};
    return badness[left] >= badness[right] ? left : right;
}

void verdict_release(struct verdict *verdict)
{
    free(verdict->message);
    *verdict = (struct verdict){0};
}

/* One side of the comparison, reduced to what the table asks. */
struct side {
    const struct evidence *evidence; /* NULL: was not run */
    bool ran;                        /* came to an end of its own or by its timeout */
    bool exited_ok;                  /* exit code 0 */
    bool evidence_seen;              /* the header's evidence, or it asks for none */
    char *match;                     /* the line in which it was seen, or NULL */
    char *words;                     /* what happened */
};

static struct side side_make(const struct test_case *test_case, const struct evidence *evidence)
{
    if (!evidence)
        return (struct side){0};
    struct side side = {
        .evidence = evidence,
        .ran = evidence->ending == ENDING_EXITED || evidence->ending == ENDING_TIMEOUT,
        .exited_ok = evidence->ending == ENDING_EXITED && evidence->exit_code == 0,
        .words = evidence_describe(evidence, test_case->timeout_ms),
    };
    if (test_case->evidence)
        side.match = evidence->match || evidence->searched
                         ? xstrdup(evidence->match)
                         : evidence_find_line(evidence, test_case->evidence);
    side.evidence_seen = !test_case->evidence || side.match;
    return side;
}

static void side_release(struct side *side)
{
    free(side->match);
    free(side->words);
}

#define cleanup_side __attribute__((cleanup(side_release)))

/* Takes over the message. */
static struct verdict verdict_make(enum verdict_kind kind, const char *reason, char *message)
{
    return (struct verdict){.kind = kind, .reason = reason, .message = message};
}

/* For the end of a sentence when the control says nothing. */
static char *control_missing(const struct side *control)
{
    if (!control->evidence)
        return xstrdup("not run under " CONTROL_NAME);
    return xasprintf("nothing known from " CONTROL_NAME " (%s)", control->words);
}

static char *control_duration(const struct side *control)
{
    return text_duration(control->evidence->duration_ms);
}

static struct verdict works_passed(const struct side *gvisor, const struct side *control)
{
    cleanup_free char *duration = text_duration(gvisor->evidence->duration_ms);
    if (!control->ran)
        return verdict_make(VERDICT_PASSED, "works", xasprintf("works in %s", duration));
    if (control->exited_ok && control->evidence_seen) {
        cleanup_free char *other = control_duration(control);
        return verdict_make(VERDICT_PASSED, "works",
                            xasprintf("works in %s (%s under " CONTROL_NAME ")", duration, other));
    }
    return verdict_make(
        VERDICT_PASSED, "works",
        xasprintf("works in %s, though it fails under " CONTROL_NAME ": %s", duration, control->words));
}

/* What was wrong: the words of the ending, or the evidence that is missing after exit 0. */
static char *what_failed(const struct test_case *test_case, const struct side *side)
{
    if (side->exited_ok)
        return xasprintf("%s, but no line matches the evidence \"%s\"", side->words, test_case->evidence);
    return xstrdup(side->words);
}

static struct verdict decide_works(const struct test_case *test_case, const struct side *gvisor,
                                   const struct side *control)
{
    if (gvisor->exited_ok && gvisor->evidence_seen)
        return works_passed(gvisor, control);
    cleanup_free char *failed = what_failed(test_case, gvisor);
    if (!control->ran) {
        cleanup_free char *missing = control_missing(control);
        return verdict_make(VERDICT_FAILED, "unattributed",
                            xasprintf("%s; %s, so gVisor is not yet to blame", failed, missing));
    }
    if (control->exited_ok && control->evidence_seen) {
        cleanup_free char *duration = control_duration(control);
        return verdict_make(VERDICT_FAILED, "finding",
                            xasprintf("%s; works under " CONTROL_NAME
                                      " on the same node in %s, so gVisor is the cause",
                                      failed, duration));
    }
    cleanup_free char *control_failed = what_failed(test_case, control);
    return verdict_make(VERDICT_ERROR, "environment",
                        xasprintf("%s; fails under " CONTROL_NAME
                                  " as well (%s), so the environment is the cause and not gVisor",
                                  failed, control_failed));
}

/* Which grant of the case the sandbox kept, as far as a grant tells. */
static const char *posture(const struct test_case *test_case, const struct evidence *gvisor)
{
    if (strings_contain(&test_case->grants, "NET_RAW"))
        return gvisor->keeps_net_raw
                   ? ": seen in the pod: CapEff keeps CAP_NET_RAW, so runsc runs with --net-raw"
                   : ": CAP_NET_RAW seems to be kept, as runsc does with --net-raw";
    for (size_t i = 0; i < test_case->grants.count; i++)
        if (text_starts_with(test_case->grants.items[i], "device:"))
            return ": the device can be used from inside the sandbox";
    return "";
}

static struct verdict not_blocked(const struct test_case *test_case, const struct side *gvisor)
{
    return verdict_make(
        VERDICT_FAILED, "not-blocked",
        xasprintf("not refused any more, the posture changed%s; %s%s", posture(test_case, gvisor->evidence),
                  gvisor->words,
                  gvisor->match ? "; the refusal was printed all the same, so look at the script" : ""));
}

static struct verdict blocked_passed(const struct side *gvisor, const struct side *control)
{
    const char *seen = gvisor->match;
    if (!control->ran) {
        cleanup_free char *missing = control_missing(control);
        return verdict_make(VERDICT_PASSED, "blocked",
                            xasprintf("expected failure: \"%s\"; %s", seen, missing));
    }
    if (control->exited_ok)
        return verdict_make(VERDICT_PASSED, "blocked",
                            xasprintf("expected failure: \"%s\"; works under " CONTROL_NAME
                                      ", so it is gVisor that refuses",
                                      seen));
    if (control->match)
        return verdict_make(VERDICT_PASSED, "blocked-anyway",
                            xasprintf("expected failure: \"%s\"; refused under " CONTROL_NAME
                                      " as well, so not by gVisor alone",
                                      seen));
    return verdict_make(VERDICT_PASSED, "blocked-anyway",
                        xasprintf("expected failure: \"%s\"; does not work under " CONTROL_NAME " either: %s",
                                  seen, control->words));
}

static struct verdict decide_blocked(const struct test_case *test_case, const struct side *gvisor,
                                     const struct side *control)
{
    if (gvisor->exited_ok)
        return not_blocked(test_case, gvisor);
    bool exited = gvisor->evidence->ending == ENDING_EXITED;
    if (exited && gvisor->match)
        return blocked_passed(gvisor, control);
    if (gvisor->match)
        return verdict_make(VERDICT_ERROR, "wrong-failure",
                            xasprintf("the refusal was printed (\"%s\"), but the case did not end: %s",
                                      gvisor->match, gvisor->words));
    return verdict_make(
        VERDICT_ERROR, "wrong-failure",
        xasprintf("failed, but not by the refusal that is expected (no line matches \"%s\"): %s",
                  test_case->evidence ? test_case->evidence : "", gvisor->words));
}

static struct verdict decide_reported(const struct test_case *test_case, const struct side *gvisor)
{
    if (!gvisor->evidence_seen)
        return verdict_make(
            VERDICT_FAILED, "reported",
            xasprintf("the limit is broken, no line matches \"%s\": %s", test_case->evidence, gvisor->words));
    if (gvisor->match)
        return verdict_make(VERDICT_PASSED, "reported", xasprintf("seen: \"%s\"", gvisor->match));
    return verdict_make(VERDICT_PASSED, "reported", xasprintf("seen: %s", gvisor->words));
}

/* Nothing came back that could be judged. */
static struct verdict decide_no_result(const struct side *gvisor, const struct side *control)
{
    switch (gvisor->evidence->ending) {
    case ENDING_TIMEOUT:
        if (control->ran && control->exited_ok) {
            cleanup_free char *duration = control_duration(control);
            return verdict_make(VERDICT_ERROR, "timeout",
                                xasprintf("%s; ends under " CONTROL_NAME " in %s", gvisor->words, duration));
        }
        return verdict_make(VERDICT_ERROR, "timeout", xstrdup(gvisor->words));
    case ENDING_LOST:
        return verdict_make(VERDICT_ERROR, "lost", xstrdup(gvisor->words));
    case ENDING_NOT_GVISOR:
        return verdict_make(VERDICT_ERROR, "not-gvisor", xstrdup(gvisor->words));
    case ENDING_UNMET:
        return verdict_make(VERDICT_SKIPPED, "unmet", xstrdup(gvisor->words));
    case ENDING_EXITED:
    case ENDING_NOT_STARTED:
    case ENDING_NOT_RUN:
        break;
    }
    return verdict_make(VERDICT_ERROR, "not-run", xstrdup(gvisor->words));
}

static struct verdict decide(const struct test_case *test_case, const struct side *gvisor,
                             const struct side *control)
{
    bool timed_out = gvisor->evidence->ending == ENDING_TIMEOUT;
    if (!gvisor->ran || (timed_out && test_case->expect == EXPECT_WORKS))
        return decide_no_result(gvisor, control);
    switch (test_case->expect) {
    case EXPECT_WORKS:
        return decide_works(test_case, gvisor, control);
    case EXPECT_BLOCKED:
        return decide_blocked(test_case, gvisor, control);
    case EXPECT_REPORTED:
        break;
    }
    return timed_out ? decide_no_result(gvisor, control) : decide_reported(test_case, gvisor);
}

struct verdict verdict_decide(const struct test_case *test_case, const struct evidence *gvisor,
                              const struct evidence *control)
{
    assert(gvisor);
    cleanup_side struct side gvisor_side = side_make(test_case, gvisor);
    cleanup_side struct side control_side = side_make(test_case, control);
    struct verdict verdict = decide(test_case, &gvisor_side, &control_side);
    if (gvisor->note) {
        cleanup_free char *note = line_from_text(gvisor->note, strlen(gvisor->note), LINE_MAX_BYTES);
        char *message = xasprintf("%s; %s", verdict.message, note);
        free(verdict.message);
        verdict.message = message;
    }
    return verdict;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The model: what the events of a run add up to. Every report is made from it.
 *
 * All texts are valid UTF-8, whatever the events held, and shared: they must not be changed. Lists keep the
 * order in which things first came.
 */
#ifndef HARNESS_REPORT_MODEL_H
#define HARNESS_REPORT_MODEL_H

#include "gvisor-smoke/index.h"
#include "gvisor-smoke/report.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/texts.h"
#include "streams.h"

#define MODEL_TEXT_MAX ((size_t)1024 * 1024) /* bytes of a text that a report puts together */
#define MODEL_STREAM_MAX ((size_t)64 * 1024) /* bytes kept of one stream of one execution: its end */

/* What is to be said of few executions. Each text may be NULL. */
struct model_remark {
    char *match, *cause, *note;
    int64_t strays, reconnects;
};

/* What is known of one execution; model_facts() says it. A run over many nodes has very many of these, so
 * what most of them are has a small form: no number is beyond 32 bits. */
struct model_evidence {
    union {
        struct model_remark *remark; /* or NULL */
        struct evidence *whole;      /* of one with larger numbers: what follows does not count then */
    };
    bool is_whole;
    enum ending ending;
    int32_t exit_code;
    uint32_t duration_ms, output_bytes, errors_bytes, wall_us, user_us, system_us, peak_kib;
    struct stream_place output, errors;
};

/* A case on one node. */
struct model_result {
    char *node; /* "" when it belongs to no node: a check of the API */
    char *pod;  /* or NULL */
    bool started;
    bool judged; /* kind, reason, message and duration are valid */
    enum verdict_kind kind;
    char *reason, *message;
    int64_t duration_ms, judged_ms;          /* judged_ms: the wall clock's, of the verdict */
    struct model_evidence *gvisor, *control; /* or NULL */
    char *taken_from; /* the run that spoke the verdict, when it was another; or NULL */
};

struct model_case {
    char *name, *report_class, *report_name, *report_param /* or NULL */, *summary;
    enum expectation expect;
    int64_t timeout_ms;
    char *digest; /* of the script; or NULL */
    char *after;  /* the case that it comes after; or NULL */
    struct model_result *results;
    size_t count;
    uint32_t *by_node; /* by the number of the node, from 1 on, or 0 for none: that of its result, from 1 on,
                          or 0 */
    size_t place_count;
};

/* A node that was named. All but the name may be NULL. */
struct model_node {
    char *name, *kernel, *os_image, *container_runtime, *architecture;
    char *obstacle; /* why it cannot take pods */
    char *release;  /* that gVisor gives itself there: the first that a pod has shown */
};

/* The last attestation of a pod. */
struct model_attestation {
    char *pod, *node, *release /* or NULL */, *summary;
    bool attested;
    bool control; /* the pod is one of the default runtime: it must not be gVisor */
    struct sign *signs;
    size_t gvisor_count, count;
};

/* A pod as it was last heard of. */
struct model_pod {
    char *name, *role, *state;
    char *node, *message; /* or NULL */
    int64_t since_creation_ms;
};

/* One timed repetition. */
struct model_measure {
    char *name, *node;
    enum runtime_role runtime;
    int64_t duration_us;
};

struct model_problem {
    enum error_kind kind;
    char *message, *hint; /* hint may be NULL */
};

/* A run that a merged journal is made from. */
struct model_source {
    char *id, *version;
    int64_t started_ms, ended_ms, duration_ms;
    int exit_code, signal;
    bool complete;
};

struct report_model {
    struct texts texts;     /* all other texts, evidence and signs are in it */
    struct streams streams; /* what executions printed */
    struct {
        char *id, *version, *server, *context, *name_space, *runtime_class, *handler, *image, *hostname;
        char *nodes, *settings, *resumes;
    } run; /* each may be NULL */
    struct {
        char *version, *platform;
    } cluster; /* likewise */
    struct {
        int64_t usable, obstructed, elsewhere;
        char *message;            /* NULL: the run is on one node */
    } choice;                     /* which nodes there are */
    struct model_source *sources; /* none: the journal is that of one run */
    size_t source_count;
    struct model_case *cases;
    size_t case_count;
    struct model_node *nodes;
    size_t node_count;
    struct model_pod *pods;
    size_t pod_count;
    struct model_attestation *attestations;
    size_t attestation_count;
    struct model_measure *measures;
    size_t measure_count;
    struct model_problem *problems;
    size_t problem_count;
    int64_t first_ms, last_ms; /* wall clock of the first and the last event, 0 before the first */
    bool ended;
    int signal;          /* that ended the run, or 0 */
    int64_t duration_ms; /* of the whole run; by the wall clock while it has not ended */
    int left_behind;
    struct index case_index, node_index, pod_index, attestation_index; /* by name */
    size_t last_case, last_result; /* where the last event on a case in a pod, or verdict, went */
};

/* --- model.c --- */

/* A valid copy that the model keeps; NULL for NULL. */
char *model_text(struct report_model *model, const char *text);
/* The number of the case's result on exactly this node; false when there is none. */
bool model_result_find(const struct report_model *model, const struct model_case *model_case,
                       const char *node, size_t *ret_at);

/* --- model_streams.c --- */

/* What the execution printed. Each may be NULL; released by the caller. */
struct model_streams {
    char *output, *errors;
};
struct model_streams model_streams(const struct report_model *model,
                                   const struct model_evidence *evidence /* or NULL */);
void model_streams_release(struct model_streams *streams);
#define cleanup_model_streams __attribute__((cleanup(model_streams_release)))
/* Without reading them: whether there is anything. */
bool model_printed_something(const struct model_evidence *evidence /* or NULL */);

/* --- model_evidence.c --- */

/* Keeps all but what was printed; of an execution that is told once more the last. */
void model_keep_facts(struct report_model *model, struct model_evidence *evidence,
                      const struct evidence *seen);
/* What is known of it but for what it printed: in the model, or put into room; NULL for NULL. */
const struct evidence *model_facts(const struct model_evidence *evidence /* or NULL */,
                                   struct evidence *room);

/* --- parts.c --- */

/* A part of a report: one case on one node, judged or not. */
struct report_part {
    const struct model_case *test_case;
    const struct model_result *result; /* NULL when it never started */
    const char *node;                  /* to be shown in the name, or NULL */
    enum verdict_kind kind;
    const char *reason, *message;
    char *own_message; /* the message, where no result has it; or NULL */
    int64_t duration_ms;
};

struct report_parts {
    struct report_part *items;
    size_t count;
};

/* All parts, in the order of the plan. As soon as a case has results on several nodes the run is one over
 * nodes: then parts show their node, and a case that ran on one node is missing on those where it has no
 * result; but not in a merged journal, whose runs need not have planned the same. Borrows from the model;
 * released by the caller. */
struct report_parts report_parts_make(const struct report_model *model);
void report_parts_release(struct report_parts *parts);

/* "test_git_clone_works_under_gvisor[push-node-b]": the id of a part in JUnit. The caller frees it. */
char *report_part_id(const struct report_part *part);

/* A part that has no verdict. */
bool report_part_missing(const struct report_part *part);

/* --- taken.c --- */

/* The run that spoke the verdict, where the one that is told of has taken it over; else NULL. */
const char *report_part_taken_from(const struct report_part *part);
/* "2 verdicts are of run ab12cd, 1 verdict is of run ef34gh"; NULL when none is taken over. The caller frees
 * it. */
char *report_taken_text(const struct report_parts *parts);

void report_counts_add(struct report_counts *counts, enum verdict_kind kind);
struct report_counts report_parts_count(const struct report_parts *parts);

/* --- node_sums.c --- */

/* What is known of one node. */
struct node_sum {
    struct report_counts counts;
    size_t pods, attested_pods; /* of the RuntimeClass, as far as they have shown signs */
};
/* One for each of model->nodes, in that order; the caller frees the list. */
struct node_sum *node_sums_make(const struct report_model *model, const struct report_parts *parts);
/* The node of a part: its result may know it where names do not show it. "" for a check of the API. */
const char *report_part_node(const struct report_part *part);

/* --- model_event.c: the events that tell of it, without a time; their texts are the model's --- */

/* Folds the event in without what cases printed, which is most of a journal. */
void model_fold_light(struct report_model *model, const struct event *event);
struct event model_source_event(const struct model_source *source);
struct event model_case_event(const struct model_case *planned);

/* --- sources.c --- */

/* "2026-11-24 19:56:25 UTC, 32.1 s, exit code 4": when the run was, and how it ended. The caller frees it. */
char *model_source_text(const struct model_source *source);

/* --- stories.c --- */

/* Parts that are not passed and share verdict, reason and message; in a run over nodes messages are also
 * alike when they differ in the names of the parts' nodes and pods only. */
struct report_story {
    enum verdict_kind kind;
    const char *reason, *message; /* borrowed from the first part; of several that are alike, own_message */
    char *own_message;            /* "for example: MESSAGE", or NULL */
    const struct report_part **parts;
    size_t count, order; /* order: among the stories, as their first parts came */
};
struct report_stories {
    struct report_story *items;
    size_t count;
};
/* In the order of their first parts. Borrows from the parts; released by the caller. */
struct report_stories report_stories_make(const struct report_part *const *parts, size_t count);
/* Of all parts, the worst first: pods that are not gVisor, what names gVisor as the cause, other failures,
 * errors, skips. */
struct report_stories report_stories_of(const struct report_parts *parts);
void report_stories_release(struct report_stories *stories);
/* Whether the reason of a failure says that gVisor is the cause. */
bool report_reason_is_finding(const char *reason);

/* --- problems.c --- */

/* What of a problem is left to tell for a report that tells the stories and then the problems in order: NULL
 * for a message that an earlier problem had, or that stands as the cause in a story, and for a hint that an
 * earlier problem had. Borrowed from the model. */
struct report_problem_left {
    const char *message, *hint;
};
/* One for each of model->problems; the caller frees the list. */
struct report_problem_left *report_problems_left(const struct report_model *model,
                                                 const struct report_stories *stories);

/* Finds messages of the model's problems within texts, in a time that hardly grows with their number. */
struct problem_finder;
struct problem_finder *problem_finder_new(const struct report_model *model);
/* Calls on_found for each place where a problem's message stands, in no order; of problems with one message
 * for the first. */
void problem_finder_search(const struct problem_finder *finder, const char *text,
                           void (*on_found)(void *context, size_t problem), void *context);
void problem_finder_free(struct problem_finder *finder);

/* --- overhead.c --- */

/* What one thing costs: times in microseconds. */
struct overhead_time {
    size_t count;
    int64_t median_us, min_us, max_us;
};
struct overhead_row {
    const char *name, *node; /* borrowed from the model */
    struct overhead_time control, gvisor;
    double delta_percent; /* of the medians; 0 when one side was not measured */
};
struct overhead_table {
    struct overhead_row *rows;
    size_t count;
};
/* One row for each thing measured on a node, in the order in which they came; pooled: for each thing, over
 * all nodes, with "" for the node. Empty when nothing was measured. */
struct overhead_table overhead_table_make(const struct report_model *model, bool pooled);
void overhead_table_release(struct overhead_table *table);
/* "4.2 s (4.1 s - 4.4 s)"; the caller frees it. */
char *overhead_time_text(const struct overhead_time *time);

/* --- brief.c --- */

/* How an execution ended, in a few words: "exit code 0, 812 ms"; "" for none. The caller frees it. */
char *evidence_brief(const struct evidence *evidence);

#endif

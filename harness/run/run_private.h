/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share of a run.
 *
 * Ownership: the run owns its node runs; a node run owns its pods and its cases. The fixture belongs to the
 * run. An object is freed when the run ends, never earlier, so callbacks may keep pointers.
 */
#ifndef RUN_PRIVATE_H
#define RUN_PRIVATE_H

#include "gvisor-smoke/attest.h"
#include "gvisor-smoke/buf.h"
#include "gvisor-smoke/certificate.h"
#include "gvisor-smoke/index.h"
#include "gvisor-smoke/run.h"
#include "gvisor-smoke/supervisor.h"

#include "again.h"
#include "stand.h"

struct run;
struct node_run;

enum pod_state {
    POD_PLANNED,   /* nothing of it exists yet */
    POD_CREATING,  /* the create is under way */
    POD_STARTING,  /* exists; waits until it runs (a fixture: until it is ready) */
    POD_ATTESTING, /* runs; shows its signs and its commands */
    POD_READY,     /* takes cases */
    POD_FAILED,    /* will not take cases; failure says why */
    POD_DELETING,  /* the delete is under way or accepted */
    POD_GONE,      /* the API has seen its end */
};

enum pod_role { POD_GVISOR, POD_CONTROL, POD_FIXTURE };

/* How long a pod that does not start is waited for, once the cause is known. */
enum patience {
    PATIENCE_NONE,   /* waiting longer will not help */
    PATIENCE_AGAIN,  /* it may pass: until it is met a second time */
    PATIENCE_SHORT,  /* somebody could mend it at once */
    PATIENCE_VOLUME, /* storage is slow: something may be under way that is not told */
    PATIENCE_ON,     /* something is under way: until the pod's own time is up */
    PATIENCE_TOLD,   /* it need not be the cause: only told when the pod's time is up */
};

/* How far a claim has come, by its events: what is said of an earlier stage counts no more. */
enum claim_stage { CLAIM_WAITS, CLAIM_BEGUN, CLAIM_FAILED, CLAIM_MADE };

/* Why a pod does not start. */
struct diagnosis {
    bool of_node; /* every pod of this RuntimeClass on the node meets it */
    enum patience patience;
    enum claim_stage stage; /* of diagnose_claim() */
    char *message;          /* the cause, or NULL: nothing is known */
    char *hint;             /* or NULL */
};

/* What works through the API server (controllers, the cluster's DNS, the nodes' proxies) asks it again up to
 * a minute after it was away, as clients in Go do. */
#define CLUSTER_BACK_MS 60000

/* Bytes that are kept of what a pod shows of itself before the cases. */
#define SURVEY_MAX (64u * 1024)

struct run_pod {
    struct run *run;
    struct node_run *node; /* NULL for the fixture */
    enum pod_role role;
    enum pod_state state;
    char *name;
    char *key;                      /* image, grants and order: cases with the same key share the pod */
    const struct test_case *sample; /* one of its cases: image and grants are read from it */
    bool exists;                    /* a create was sent: it may be there */
    int64_t created_ms;
    int64_t start_us; /* from creation to running, 0 while that is not known */
    char *placed_on;  /* the node that it was bound to */
    struct error *failure;
    struct attestation attestation;
    struct strings missing; /* needed commands that the image does not have */
    struct kube_request *request;
    struct timer *timeout, *patience;
    struct steady_exec *installing, *attest, *survey, *probe;
    struct supervisor_decoder installed; /* its first reply: signs and missing commands */
    struct buf install_errors;
    bool supervised;      /* cases run under the supervisor */
    char *plain_note;     /* why they do not, or NULL */
    struct index arrived; /* IDs of replies that it need not keep any more */
    struct stand *stand;  /* its standing stream, or NULL while there is none */
    unsigned stand_failures;
    bool keeps_net_raw; /* CAP_NET_RAW is in effect in it */
    struct buf attest_output, survey_output;
    bool attested, surveyed, probed;
    int64_t claim_ms;              /* since when it waits for its claim, or 0 */
    int64_t probed_ms, deleted_ms; /* when it began to look for the fixture, and was to be deleted */
    int64_t shown_ms;              /* when it was first asked what it is */
    size_t guess;                  /* which architecture is tried, where the node\'s is not known */
    int64_t uid;                   /* as whom its container runs commands, -1 while that is not known */
    bool unmet;                    /* failed because the cluster does not admit what its cases are granted */
    struct error *refusal;         /* the API's, while it is found out which grants are meant */
    size_t grants_asked;           /* how many of them have been asked for by themselves */
    struct strings grants_refused; /* those that were not admitted */
    bool failed_with_node;         /* the node's failure is told once, not for each of its pods */
    unsigned sandbox_failures;
    bool declared;                  /* the pod in the API names a RuntimeClass */
    char *last_hint;                /* what to do about last_trouble, or NULL */
    int64_t troubled_ms;            /* since when it is waited for with patience, or 0 */
    int64_t patience_ms;            /* and for how long */
    struct diagnosis claim_trouble; /* what is said of its claim while no node has taken it */
    struct diagnosis new_node;      /* what is said of a node that is made for it, likewise */
    char *waits_for;                /* what its container waits for, in the API's word */
    char *last_trouble;             /* the newest warning about it, for the message of a timeout */
};

enum execution_state {
    EXECUTION_WAITING, /* for its pod, its predecessor, the fixture or a free place */
    EXECUTION_RUNNING,
    EXECUTION_ENDED, /* evidence is complete */
};

/* The connection to a case. */
struct link {
    int64_t connected_ms; /* monotonic: when the exec was begun */
    int64_t deadline_ms;  /* when the case must have ended, and its reply be here */
    int64_t lost_ms;      /* since when there is none, or none has been proven; 0: there is one */
    int64_t away_ms;      /* without one, all in all */
    unsigned breaks;
    bool heard;  /* something came over it */
    bool late;   /* its deadline has passed once */
    char *cause; /* of the last break, or NULL */
    struct again again;
};

/* What an execution waits for, in the order in which it is looked at. */
enum execution_wait {
    WAIT_POD,     /* that takes cases */
    WAIT_AFTER,   /* the case that it comes after */
    WAIT_FIXTURE, /* that answers in its pod */
    WAIT_PLACE,   /* among the cases that run at once */
    WAIT_NONE,
};

/* A case in one pod. */
struct execution {
    struct run_case *owner;
    enum runtime_role runtime;
    struct run_pod *pod;
    enum execution_state state;
    struct kube_exec *exec;  /* one of the two, while it is listened to */
    struct stand_call *call; /* on the pod's standing stream */
    struct timer *news;      /* its connection is lost: waits for what is said of the pod */
    struct buf output, errors;
    uint64_t output_bytes, errors_bytes;
    char errors_end[32]; /* of a plain one: the last bytes of standard error, kept or not; no text */
    int64_t started_ms;
    enum execution_wait wait;
    int64_t waits_ms;             /* since when it waits for that, or 0: it has not begun to */
    int64_t waited_ms[WAIT_NONE]; /* for each of them */
    char *id;                     /* by which the supervisor knows it; no other execution has it */
    struct strings forgotten;     /* IDs that its request tells the supervisor to forget */
    struct link link;
    struct supervisor_decoder reply; /* when the pod is supervised */
    bool timed_only;                 /* a repetition for the overhead table: no evidence event, no verdict */
    struct evidence evidence;
};

/* A case on one node. */
struct run_case {
    struct node_run *node;
    const struct test_case *test_case;
    struct execution gvisor;
    struct execution control; /* the same under the default runtime; runs when run_case_wants_control() */
    bool judged;
};

enum node_state {
    NODE_WAITING, /* for its turn: nothing is planned yet */
    NODE_ACTIVE,  /* has pods and cases */
    NODE_DONE,    /* all its verdicts are spoken; pods and cases are released */
};

struct node_run {
    struct run *run;
    enum node_state state;
    char *obstacle; /* why it cannot take pods, though it should run gVisor: "node X is cordoned"; or NULL */
    bool kept_free; /* that is on purpose: its cases are skipped and no errors */
    unsigned executing;
    int64_t began_ms;       /* when it had its turn */
    char *name;             /* the node's, or NULL while the scheduler has not chosen */
    struct kube_node facts; /* what the API says of it */
    bool has_facts;
    struct run_pod **pods;
    size_t pod_count;
    struct run_case *cases;
    size_t case_count;
    char *claims[2]; /* names of the PersistentVolumeClaims by runtime role, or NULL: one run must not see the
                        other's */
    struct kube_request *claim_requests[2]; /* a create or a delete under way */
    bool claim_made[2];
};

struct run {
    struct loop *loop;
    struct kube *kube;
    const struct kube_access *access;
    const struct run_options *options;
    const char *home_namespace; /* that the caller named; with own_namespace the run is in another one */
    const struct case_set *cases;
    struct events *events;
    char id[8];
    char *label_selector; /* "gvisor-smoke/run=<id>" */
    int64_t started_ms;
    bool reached; /* the server has answered once */
    struct node_run *nodes;
    size_t node_count, next_node, first_active; /* nodes before next_node have had their turn, and those
                                                   before first_active are done */
    unsigned active_nodes;
    bool over_nodes;         /* --nodes asked for several */
    bool claims_made;        /* some node has had claims */
    struct timer *reaper;    /* releases what is done, outside of any callback of it */
    struct run_pod *fixture; /* NULL when there is none */
    char *fixture_url;       /* "" when there is none */
    bool fixture_unseen;     /* the last pod that looked for it did not find it */
    char *ca_pem;            /* what pods trust beside their system's, "" for nothing */
    struct certificate_pair certificate;
    char *fixture_service, *fixture_secret;
    struct kube_request *service_request, *secret_request; /* their creates, under way */
    bool fixture_objects_made;
    int64_t objects_ms; /* when they began */
    struct kube_runtime_class runtime_class;
    bool has_runtime_class;
    struct error *class_problem; /* why there is none, where the run can do without */
    struct {
        char *body;      /* the pod's object as the API has it */
        char *container; /* the one that cases run in */
        struct kube_pod view;
    } existing;            /* the pod of --existing-pod */
    char *supervisor_path; /* in pods; NULL: the usual one */
    bool namespace_made;
    bool namespace_removed, namespace_goes; /* its removal was asked for, and accepted */
    unsigned streams;                       /* standing ones that are open */
    bool touched;                           /* something may have been made in the cluster */
    bool taken_over;                        /* what an earlier run knows is told; take_over.c */
    struct strings swept; /* runs that had left something in the run's namespace, which is being deleted */
    bool claims_swept;    /* claims were among it */
    struct kube_watch *pod_watch, *event_watch, *claim_watch;
    int64_t watched_ms; /* when the watches were started */
    bool watches_synced;
    bool api_checked;     /* the cases that need no pod have their verdicts */
    struct error *broken; /* why the run as a whole cannot go on */
    bool scheduling, schedule_again;
    bool closing; /* the end has begun: nothing new starts */
    struct timer *timeout;
    struct signal_watch *signals[3];
    int signal;
    int64_t signal_ms; /* monotonic */
    bool deserted;     /* while it was tidied up, the server stopped answering for good */
    int left_behind;
};

/* prepare.c: what must be known or made before the first pod. Returns -1 when the run cannot go on. */
int run_prepare(struct run *run, struct error **err);

/* rights_check.c: asks which rights the account has; and waits for the answers, and tells it as a step.
 * *ret_missing: an error when one is missing that the run cannot do without. Each round is told once. */
struct rights_round;
struct rights_round *rights_ask(struct run *run);
void rights_tell(struct rights_round *round, struct error **ret_missing);
/* A GET that is tried again for some seconds; the caller frees the body. */
int run_get(struct run *run, const char *path, char **ret_body, struct error **err);
int run_get_list(struct run *run, const char *path, kube_page on_page, void *context, struct error **err);

/* nodes.c: fills run->nodes, of which there is one to begin with. Returns -1 when no node can take pods. */
int nodes_choose(struct run *run, struct error **err);
/* The path of a list that holds the node of this name, or nothing. The caller frees it. */
char *node_path(const char *name);
void run_emit_node(struct run *run, const struct kube_node *node);     /* one that the run uses */
static inline const char *node_event_name(const struct node_run *node) /* that events carry */
{
    return node->name ? node->name : "";
}
/* The event of a node that has its turn, where there are several. */
void node_tell(const struct node_run *node);

/* plan.c */
void run_plan(struct run *run); /* what all nodes share */
void node_plan(struct node_run *node);
void node_release(struct node_run *node); /* pods, cases and facts; its name stays */
void run_plan_release(struct run *run);

/* claims.c: the volumes of a node. Made when it has its turn, deleted when that is over. */
void claims_create(struct node_run *node);
bool claims_are_open(const struct node_run *node); /* a create has not been answered */
void claims_delete(struct node_run *node);
void claims_release(struct node_run *node);

/* turns.c: which nodes are worked on. */
void run_tell_obstacles(struct run *run); /* the verdicts of nodes that cannot take pods */
bool run_is_over(const struct run *run);  /* every verdict is spoken */
void run_begin_nodes(struct run *run);    /* as many as may be at once */
void run_finish_nodes(
    struct run *run); /* those that are through are released, at the next turn of the loop */
/* Speaks the verdicts of nodes that never had a turn. */
void run_end_waiting_nodes(struct run *run, const char *cause);

/* check.c: the cases that need no pod. */
void run_check_api(struct run *run);

/* manifest.c: JSON texts that the caller frees. */
char *manifest_namespace(const struct run *run);
char *manifest_secret(const struct run *run);
char *manifest_service(const struct run *run);
char *manifest_claim(const struct run *run, const char *name);
char *manifest_pod(const struct run_pod *pod);
/* The same with these grants in place of its cases' own. */
char *manifest_pod_granted(const struct run_pod *pod, const struct strings *grants);

/* namespace.c */
int namespace_ensure(struct run *run, struct error **err); /* there is one, made if need be */
/* Asks for its removal when a run made it and nothing of others is in it, while the run's own still goes. */
void namespace_remove_early(struct run *run);
/* The same when the run's own is gone, if need be, and waits for it; says why it stays. */
void namespace_remove(struct run *run);

/* objects.c: namespace, and what pods mount. */
int objects_create(struct run *run, struct error **err);
/* Certificate, secret and service, which are not waited for: the fixture's pod is. A failure ends the run. */
void objects_create_fixture(struct run *run);
bool objects_are_open(const struct run *run); /* one of them has not been answered */
void objects_release(struct run *run);
/* own_name: see kube_request_options. */
int objects_post(struct run *run, const char *path, const char *body, bool own_name, struct error **err);
char *objects_path(const struct run *run, const char *collection, const char *name /* or NULL */);

/* pod.c */
void pod_start(struct run_pod *pod);
void pod_fail(struct run_pod *pod, struct error *err /* taken */);
void pod_delete(struct run_pod *pod);
void pod_on_change(struct run_pod *pod, enum kube_change change, const struct kube_pod *view);
void pod_release(struct run_pod *pod);
/* Starts an exec in its container; what is to be run and who is told stand in the options. */
struct kube_exec *pod_exec(const struct run_pod *pod, struct kube_exec_options options);
const char *pod_role_name(enum pod_role role);            /* "gvisor", "control", "fixture" */
enum runtime_role pod_runtime(const struct run_pod *pod); /* not for the fixture */
/* Ready as soon as signs and commands are known. */
void pod_become_ready(struct run_pod *pod);

/* pod_trouble.c: what keeps it from starting. */
void pod_on_event(struct run_pod *pod, const struct kube_event *event);
void pod_on_claim_event(struct run_pod *pod, const struct kube_event *event); /* of the claim it mounts */
void pod_take_diagnosis(struct run_pod *pod, const struct diagnosis *heard);
void pod_on_timeout(void *pod);          /* its own time is up */
void pod_calm(struct run_pod *pod);      /* no cause is waited for any more */
void pod_has_moved(struct run_pod *pod); /* what it was in trouble for has passed */

/* existing.c: a pod that was there before the run. */
#define WORKSPACE_PATH "/workspaces" /* where the volume of a case is mounted */
int existing_prepare(struct run *run, struct error **err);
/* What the case misses in it, as a sentence that the caller frees; NULL: nothing. For a pod that is ready. */
char *existing_unmet(const struct execution *execution);
void existing_tidy(struct run *run); /* takes out of the pod what the run has put there */
void existing_release(struct run *run);
/* existing_grants.c: which of the grants a container of the pod (in JSON) lacks; "root" where uid, its user,
 * is another and the grant is of use to root alone. The caller releases them. */
struct strings existing_lacks(const char *pod, const char *container_name, int64_t uid,
                              const struct strings *grants);

/* admission.c: of a pod whose create was refused, finds out whether that is because of what its cases are
 * granted, and of which grants; then fails it. */
void pod_find_refused_grants(struct run_pod *pod, struct error *refusal /* taken */);
/* The answer to the create of a pod may mean that. */
bool refusal_may_be_of_grants(const struct run_pod *pod, const struct error *refusal);

/* pod_attest.c */
void pod_attest(struct run_pod *pod);
void pod_stop_attestation(struct run_pod *pod);
/* Whether the fixture answers in this pod, or was waited for long enough. Starts looking at the first call.
 */
bool pod_sees_fixture(struct run_pod *pod);
bool pod_is_over(const struct run_pod *pod); /* failed, deleting or gone */

/* diagnosis.c: why a pod does not start. Pure. */
struct diagnosis diagnose_event(const struct kube_event *event, unsigned repeats, const char *handler);
struct diagnosis diagnose_pod(const struct kube_pod *pod);
struct diagnosis diagnose_claim(const struct kube_event *event);
bool event_is_progress(const struct kube_event *event); /* the pod has come further */
const char *diagnose_refusal(const char *message);      /* of the API to create it: the hint, or NULL */
char *diagnose_node(const struct kube_node *node);      /* "is not ready since ...: CAUSE: WORDS" */
void diagnosis_release(struct diagnosis *diagnosis);

/* one_case.c, and what it is made of */
void execution_start(struct execution *execution);
void execution_end_without_run(struct execution *execution, enum ending ending, const char *cause);
void execution_on_pod_end(struct execution *execution);
void execution_release(struct execution *execution);
bool execution_is_asked_for(
    const struct execution *execution); /* each under gVisor, a control when it is wanted */
bool execution_uses_fixture(const struct execution *execution); /* the run's, when it has one */
bool execution_is_ok(const struct execution *execution); /* ended, and did what a case that works does */
/* Whether the case is to be run under the default runtime too, as far as is known now. */
bool run_case_wants_control(const struct run_case *run_case);
/* Speaks the verdict once all evidence that it needs is there. */
void run_case_judge(struct run_case *run_case);
struct run_case *node_find_case(const struct node_run *node, const char *name); /* NULL: not in this run */
void run_emit_verdict(struct run *run, const char *name, const char *node, const struct verdict *verdict,
                      int64_t duration_ms);

/* prelude.c: the command and the input that start a case's script in its pod. */
struct prelude {
    const char *const *command;
    const char *input;
    size_t input_length;
    struct supervisor_run run; /* borrows from script and execution */
    struct supervisor_exec supervised;
    char *length, *timeout, *script;
    const char *plain_command[7];
};
void prelude_make(struct prelude *prelude, const struct execution *execution);
/* Only the script and run, for a supervisor that is there. */
void prelude_make_run(struct prelude *prelude, const struct execution *execution);
void prelude_release(struct prelude *prelude);
struct strings prelude_needs(const struct run_pod *pod); /* the commands that its cases need */
/* What of it the execution's pod, which is ready, does not have; and of what the start of a script needs. */
struct strings prelude_missing(const struct execution *execution);
/* What the start of a script without the supervisor says when it can write nowhere. */
#define PRELUDE_NO_FOLDER "gvisor-smoke: no folder to work in"
/* The last line that it writes to standard error, before the exit code. */
#define PRELUDE_END "gvisor-smoke: ended with "
#define PRELUDE_SURVEY_END "."                   /* the last line of a survey */
char *prelude_survey(const struct run_pod *pod); /* script: prints the needed commands that are missing */
char *prelude_probe(const struct run *run);      /* script: waits until the fixture answers */

/* schedule.c */
void run_schedule(struct run *run);

/* plan.c: what a repetition for the overhead table needs; the caller releases the execution, the node owns
 * the pod. */
void execution_init(struct execution *execution, struct run_case *owner, enum runtime_role runtime);
struct run_pod *node_add_pod(struct node_run *node, enum pod_role role, const struct test_case *sample);

/* overhead.c: times what worked under both runtimes, one after the other, when --repeat asks for it. */
void run_measure_overhead(struct run *run);

/* Calls function for each execution of a run, both runtimes. */
void run_each_execution(struct run *run, void (*function)(struct execution *execution, void *context),
                        void *context);

/* cleanup.c: the end of every run. */
void run_clean_up(struct run *run);
/* Speaks the verdict of every script (checks_too: of every case) that will not run on the node and is not
 * taken over; "" is for a run that ended before it knew where they are to run. */
void run_end_unplanned(const struct case_set *cases, struct events *events, const struct resume *resume,
                       bool checks_too, const char *node, enum ending ending, const char *cause);
/* cleanup_wait.c */
/* Waits until nothing of a collection is left that the selectors (or NULL) choose; reports what is, as what,
 * and returns how many. */
size_t cleanup_wait_until_gone(struct run *run, const char *collection, const char *labels,
                               const char *fields, const char *what);
/* The same; whether it was seen to be empty. */
bool cleanup_saw_it_empty(struct run *run, const char *collection, const char *labels, const char *fields,
                          const char *what, size_t *ret_left);

/* run.c */
/* The run as a whole cannot go on: the first cause counts, and is told unless a signal says enough. */
void run_break(struct run *run, struct error *err /* taken */);
void run_emit_problem(struct run *run, const struct error *err);
/* Something worth knowing that is no problem. */
void run_emit_note(struct run *run, const char *message);
/* Something that began then (monotonic) is over: where time goes. node and pod, or NULL, say what it was for.
 */
void run_emit_span(struct run *run, const char *name, const char *node, const char *pod, int64_t began_ms);
/* Tells that something was looked at that must be so before pods are made. err: why it is not so, or NULL. */
void run_emit_step(struct events *events, const char *name, const char *message, const struct error *err);
/* The same for what the run can do without. */
void run_emit_warning(struct events *events, const char *name, const char *message, const char *hint);
/* nodes.c: tells, as a step, whether the node says that it has the RuntimeClass' handler. */
void run_tell_handler(struct run *run, const struct kube_node *node);
/* Whether the run must stop: a signal, its timeout, or a failure that concerns all of it. */
bool run_must_stop(const struct run *run);

#endif

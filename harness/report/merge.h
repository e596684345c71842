/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a merge share: merge.c reads journals and says whether they go together, merge_choose.c
 * says which verdicts are kept, merge_head.c and merge_write.c write one journal.
 */
#ifndef HARNESS_REPORT_MERGE_H
#define HARNESS_REPORT_MERGE_H

#include "model.h"

/* Where the model has what an event on a case in a pod, or a verdict, told. */
struct merge_place {
    size_t test_case, result;
};

/* One journal. */
struct merge_side {
    const char *path;
    size_t order; /* as the paths were given */
    bool cut;
    size_t events;
    struct report_model *model; /* without what cases printed */
    struct report_parts parts;
    struct merge_place *places; /* of each event that got one, in order */
    size_t place_count;

    /* merge_choose.c: */
    size_t *first_results;      /* by case: the number of its first result, among all of the model */
    bool *kept;                 /* by number of the result */
    const char **missing_nodes; /* by part: where it is to be an error, "" for nowhere; NULL: it is not */
    bool counts;                /* something of it is kept */
};

struct merge {
    struct merge_side *sides; /* in the order in which the runs began */
    size_t count;
    enum merge_choice choice;
};

/* Fills what the sides say of what is kept. */
void merge_choose(struct merge *merge);
bool merge_keeps(const struct merge_side *side, const struct merge_place *place);
/* Whether the end of the merge is that of this side too: of each; or, of the latest, if none goes on for
 * longer. */
bool merge_ends_with(const struct merge *merge, const struct merge_side *side);

/* The runs that the sides are made from, each once, as they began. The caller frees the list; its texts are
 * borrowed from the models. */
struct model_source *merge_sources(const struct merge *merge, size_t *ret_count);

/* Writes all that comes before what the runs have to tell one by one. */
void merge_write_head(const struct merge *merge, const struct model_source *sources, size_t source_count,
                      event_sink sink, void *context);

#endif

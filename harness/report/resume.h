/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a journal that is taken up share: resume.c reads it and knows what counts, resume_check.c
 * says whether another run may go on with it, resume_tell.c tells again what was taken over.
 */
#ifndef HARNESS_REPORT_RESUME_H
#define HARNESS_REPORT_RESUME_H

#include "gvisor-smoke/resume.h"
#include "model.h"

/* Where the model has what an event told. */
struct resume_place {
    size_t test_case, result;
};

struct resume {
    char *path;
    int fd; /* has the lock */
    struct report_model *model;
    struct strings nodes;     /* that the run has told of */
    bool planned;             /* all that was planned is there */
    struct index taken, pods; /* "case\nnode", and where these ran */
    size_t count;
    struct resume_place *places; /* of each evidence and verdict, in order */
    size_t place_count;
};

/* "case\nnode"; NULL is "". The caller frees it. */
char *resume_key(const char *name, const char *node);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the model knows of an execution, in a form that is small for most.
 */
#include "model.h"

static bool fits(int64_t number)
{
    return number >= 0 && number <= UINT32_MAX;
}

static bool bytes_fit(uint64_t bytes)
{
    return bytes <= UINT32_MAX;
}

static bool numbers_fit(const struct evidence *seen)
{
    return fits(seen->duration_ms) && bytes_fit(seen->output_bytes) && bytes_fit(seen->errors_bytes) &&
           fits(seen->wall_us) && fits(seen->user_us) && fits(seen->system_us) && fits(seen->peak_kib);
}

static bool has_remark(const struct evidence *seen)
{
    return seen->match || seen->cause || seen->note || seen->strays || seen->reconnects;
}

static void keep_small(struct model_evidence *evidence, const struct evidence *seen)
{
    evidence->ending = seen->ending;
    evidence->exit_code = seen->exit_code;
    evidence->duration_ms = (uint32_t)seen->duration_ms;
    evidence->output_bytes = (uint32_t)seen->output_bytes;
    evidence->errors_bytes = (uint32_t)seen->errors_bytes;
    evidence->wall_us = (uint32_t)seen->wall_us;
    evidence->user_us = (uint32_t)seen->user_us;
    evidence->system_us = (uint32_t)seen->system_us;
    evidence->peak_kib = (uint32_t)seen->peak_kib;
}

static void keep_remark(struct report_model *model, struct model_evidence *evidence,
                        const struct evidence *seen)
{
    if (!evidence->remark && has_remark(seen))
        evidence->remark = texts_room(&model->texts, sizeof *evidence->remark);
    if (evidence->remark)
        *evidence->remark = (struct model_remark){
            .match = model_text(model, seen->match),
            .cause = model_text(model, seen->cause),
            .note = model_text(model, seen->note),
            .strays = seen->strays,
            .reconnects = seen->reconnects,
        };
}

static void keep_whole(struct report_model *model, struct evidence *whole, const struct evidence *seen)
{
    *whole = (struct evidence){
        .ending = seen->ending,
        .exit_code = seen->exit_code,
        .duration_ms = seen->duration_ms,
        .output_bytes = seen->output_bytes,
        .errors_bytes = seen->errors_bytes,
        .wall_us = seen->wall_us,
        .user_us = seen->user_us,
        .system_us = seen->system_us,
        .peak_kib = seen->peak_kib,
        .strays = seen->strays,
        .reconnects = seen->reconnects,
        .match = model_text(model, seen->match),
        .cause = model_text(model, seen->cause),
        .note = model_text(model, seen->note),
    };
}

void model_keep_facts(struct report_model *model, struct model_evidence *evidence,
                      const struct evidence *seen)
{
    if (!evidence->is_whole && numbers_fit(seen)) {
        keep_small(evidence, seen);
        keep_remark(model, evidence, seen);
        return;
    }
    if (!evidence->is_whole)
        evidence->whole = texts_room(&model->texts, sizeof *evidence->whole);
    evidence->is_whole = true;
    keep_whole(model, evidence->whole, seen);
}

const struct evidence *model_facts(const struct model_evidence *evidence, struct evidence *room)
{
    static const struct model_remark none;
    if (!evidence || evidence->is_whole)
        return evidence ? evidence->whole : NULL;
    const struct model_remark *remark = evidence->remark ? evidence->remark : &none;
    *room = (struct evidence){
        .ending = evidence->ending,
        .exit_code = evidence->exit_code,
        .duration_ms = evidence->duration_ms,
        .output_bytes = evidence->output_bytes,
        .errors_bytes = evidence->errors_bytes,
        .wall_us = evidence->wall_us,
        .user_us = evidence->user_us,
        .system_us = evidence->system_us,
        .peak_kib = evidence->peak_kib,
        .strays = remark->strays,
        .reconnects = remark->reconnects,
        .match = remark->match,
        .cause = remark->cause,
        .note = remark->note,
    };
    return room;
}

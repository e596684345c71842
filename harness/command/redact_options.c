/* SPDX-License-Identifier: Apache-2.0
 *
 * The options that say what is taken out of all that is written.
 */
#include "command.h"
#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/log.h"

void redact_arguments_init(struct redact_arguments *arguments)
{
    *arguments = (struct redact_arguments){0};
    arguments->rows[0] = (struct option_row){
        .name = "redact",
        .kind = OPTION_LIST,
        .value = &arguments->patterns,
        .argument = "PATTERN",
        .help =
            "take what matches out of all that is written: an extended regular expression (may be repeated)"};
    arguments->rows[1] =
        (struct option_row){.name = "no-default-redaction",
                            .kind = OPTION_FLAG,
                            .value = &arguments->no_defaults,
                            .help = "leave tokens, keys and passwords that cases print in the reports"};
}

int redact_arguments_finish(struct redact_arguments *arguments, struct error **err)
{
    arguments->redaction = redaction_new();
    if (arguments->no_defaults)
        redaction_drop_shapes(arguments->redaction);
    for (size_t i = 0; i < arguments->patterns.count; i++)
        if (redaction_add_pattern(arguments->redaction, arguments->patterns.items[i], err) < 0) {
            error_wrap(err, "--redact");
            return -1;
        }
    log_set_redaction(arguments->redaction);
    return 0;
}

void redact_arguments_release(struct redact_arguments *arguments)
{
    log_set_redaction(NULL);
    redaction_free(arguments->redaction);
    strings_release(&arguments->patterns);
}

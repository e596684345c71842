/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes an XML document to a stream, element by element.
 *
 * Lifecycle: xml_new(), elements that are started and ended, xml_finish(). A failure on the way is remembered
 * and told at the end. Texts must be valid UTF-8 without control characters that XML forbids
 * (text_from_bytes() makes them so).
 */
#ifndef GVISOR_SMOKE_XML_H
#define GVISOR_SMOKE_XML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What the readers of JUnit have in common: one or another refuses 64 KB and more. */
#define XML_TEXT_MAX 60000     /* bytes of one body or output, below 64 KB with the note about the cut */
#define XML_ATTRIBUTE_MAX 8000 /* bytes of a message attribute */

struct xml;

/* The stream is borrowed until xml_finish(); whether it took everything is the caller's to find out
 * (ferror()). */
struct xml *xml_new(FILE *out);

void xml_start(struct xml *xml, const char *name);
void xml_end(struct xml *xml);
void xml_attribute(struct xml *xml, const char *name, const char *value);
/* The attribute message, at most XML_ATTRIBUTE_MAX bytes, on one line: there are readers that show a line
 * break of an attribute as the "&#10;" that stands for it. The body of the element has the lines. */
void xml_message(struct xml *xml, const char *message);
void xml_number(struct xml *xml, const char *name, size_t value);
/* The attribute time: seconds with three decimals, whatever the locale. */
void xml_time(struct xml *xml, int64_t ms);
void xml_text(struct xml *xml, const char *text);
/* An element that holds nothing but the end of a text, at most XML_TEXT_MAX bytes; left out when there is
 * none. */
void xml_text_element(struct xml *xml, const char *name, const char *text);

/* Starts the two elements of a JUnit report, testsuites and testsuite, as pytest writes them; the caller ends
 * both. */
struct xml_suite {
    size_t tests, failures, errors, skipped;
    int64_t started_ms; /* wall clock */
    int64_t duration_ms;
    const char *hostname;
};
void xml_suite_start(struct xml *xml, const struct xml_suite *suite);

/* Ends the document. -1: the library failed. Frees xml in any case. */
int xml_finish(struct xml *xml);

#endif

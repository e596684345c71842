/* SPDX-License-Identifier: Apache-2.0
 *
 * XML by libxml2's writer.
 */
#include <string.h>

#include <libxml/xmlwriter.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/clock.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/xml.h"

struct xml {
    xmlTextWriterPtr writer;
    bool failed; /* remembers whether anything did */
};

/* A stream that fails says so itself, in the end. */
static int on_bytes(void *context, const char *bytes, int length)
{
    fwrite(bytes, 1, (size_t)length, context);
    return length;
}

struct xml *xml_new(FILE *out)
{
    struct xml *xml = xcalloc(1, sizeof *xml);
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateIO(on_bytes, NULL, out, NULL);
    xml->writer = buffer ? xmlNewTextWriter(buffer) : NULL;
    if (!xml->writer)
        abort(); /* out of memory is all that it can report */
    xml->failed |= xmlTextWriterSetIndent(xml->writer, 1) < 0;
    xml->failed |= xmlTextWriterStartDocument(xml->writer, "1.0", "UTF-8", NULL) < 0;
    return xml;
}

void xml_start(struct xml *xml, const char *name)
{
    xml->failed |= xmlTextWriterStartElement(xml->writer, BAD_CAST name) < 0;
}

void xml_end(struct xml *xml)
{
    xml->failed |= xmlTextWriterEndElement(xml->writer) < 0;
}

void xml_attribute(struct xml *xml, const char *name, const char *value)
{
    xml->failed |= xmlTextWriterWriteAttribute(xml->writer, BAD_CAST name, BAD_CAST value) < 0;
}

void xml_message(struct xml *xml, const char *message)
{
    cleanup_free char *bounded = text_beginning(message, XML_ATTRIBUTE_MAX);
    for (char *tab = bounded; (tab = strchr(tab, '\t'));)
        *tab = ' ';
    cleanup_strings struct strings lines = strings_split(bounded, "\r\n");
    cleanup_free char *line = strings_join(&lines, "; ");
    xml_attribute(xml, "message", line);
}

void xml_number(struct xml *xml, const char *name, size_t value)
{
    cleanup_free char *text = xasprintf("%zu", value);
    xml_attribute(xml, name, text);
}

void xml_time(struct xml *xml, int64_t ms)
{
    int64_t positive = ms > 0 ? ms : 0;
    cleanup_free char *text =
        xasprintf("%lld.%03lld", (long long)(positive / 1000), (long long)(positive % 1000));
    xml_attribute(xml, "time", text);
}

void xml_suite_start(struct xml *xml, const struct xml_suite *suite)
{
    char stamp[CLOCK_STAMP_SIZE];
    clock_stamp(suite->started_ms, stamp);
    stamp[strlen("2026-11-24T19:56:25.123")] = '\0';
    cleanup_free char *timestamp = xasprintf("%s+00:00", stamp);
    xml_start(xml, "testsuites");
    xml_attribute(xml, "name", "gvisor-smoke");
    xml_number(xml, "tests", suite->tests);
    xml_number(xml, "failures", suite->failures);
    xml_number(xml, "errors", suite->errors);
    xml_time(xml, suite->duration_ms);
    xml_start(xml, "testsuite");
    xml_attribute(xml, "name", "pytest");
    xml_number(xml, "errors", suite->errors);
    xml_number(xml, "failures", suite->failures);
    xml_number(xml, "skipped", suite->skipped);
    xml_number(xml, "tests", suite->tests);
    xml_time(xml, suite->duration_ms);
    xml_attribute(xml, "timestamp", timestamp);
    xml_attribute(xml, "hostname", suite->hostname);
}

void xml_text(struct xml *xml, const char *text)
{
    xml->failed |= xmlTextWriterWriteString(xml->writer, BAD_CAST text) < 0;
}

void xml_text_element(struct xml *xml, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    cleanup_free char *end = text_end(text, XML_TEXT_MAX);
    xml_start(xml, name);
    xml_text(xml, end);
    xml_end(xml);
}

int xml_finish(struct xml *xml)
{
    xml->failed |= xmlTextWriterEndDocument(xml->writer) < 0;
    xmlFreeTextWriter(xml->writer); /* hands its last bytes to the stream */
    int result = xml->failed ? -1 : 0;
    free(xml);
    return result;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * XML by libxml2's writer.
 */
#include <libxml/xmlwriter.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/text.h"
#include "gvisor-smoke/xml.h"

struct xml {
    xmlBufferPtr memory;
    xmlTextWriterPtr writer;
    bool failed; /* remembers whether anything did */
};

struct xml *xml_new(void)
{
    struct xml *xml = xcalloc(1, sizeof *xml);
    xml->memory = xmlBufferCreate();
    xml->writer = xmlNewTextWriterMemory(xml->memory, 0);
    if (!xml->writer)
        abort(); /* out of memory is all that it can report */
    xml->failed |= xmlTextWriterSetIndent(xml->writer, 1) < 0;
    xml->failed |= xmlTextWriterStartDocument(xml->writer, "1.0", "UTF-8", NULL) < 0;
    return xml;
}

void xml_free(struct xml *xml)
{
    if (!xml)
        return;
    if (xml->writer)
        xmlFreeTextWriter(xml->writer);
    xmlBufferFree(xml->memory);
    free(xml);
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

/* The document is whole now, in the memory. */
static bool finish(struct xml *xml)
{
    xml->failed |= xmlTextWriterEndDocument(xml->writer) < 0;
    xmlFreeTextWriter(steal(&xml->writer)); /* hands its last bytes to the memory */
    return !xml->failed;
}

int xml_write(struct xml *xml, FILE *out)
{
    bool whole = finish(xml);
    if (whole)
        fwrite(xmlBufferContent(xml->memory), 1, (size_t)xmlBufferLength(xml->memory), out);
    xml_free(xml);
    return whole ? 0 : -1;
}

int xml_write_file(struct xml *xml, const char *path, struct error **err)
{
    int result = -1;
    if (!finish(xml))
        error_set(err, ERROR_ENVIRONMENT, "cannot write \"%s\": the XML library gave up", path);
    else
        result = text_write_file(path, (const char *)xmlBufferContent(xml->memory),
                                 (size_t)xmlBufferLength(xml->memory), err);
    xml_free(xml);
    return result;
}

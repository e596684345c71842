/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test looks up in an XML document.
 */
#ifndef TESTS_XPATH_H
#define TESTS_XPATH_H

#include "unit.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>

/* The string value of an XPath expression. The caller frees it. */
static inline char *xpath_string(xmlDocPtr document, const char *expression)
{
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    cleanup_free char *wrapped = xasprintf("string(%s)", expression);
    xmlXPathObjectPtr found = xmlXPathEval(BAD_CAST wrapped, context);
    if (!found)
        fail_msg("bad expression %s", expression);
    char *value = xstrdup((const char *)found->stringval);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return value;
}

#endif

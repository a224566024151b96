/* store/files/xlsx_xml.h: the XML of a workbook, as events. The only file that sees expat is xlsx_xml.c.
 *
 * Shape    names of elements and attributes come without their prefix. A document type ends the parsing: nothing in a
 *          workbook needs one, and with it come entities.
 * Memory   names and texts BORROW for the call.   Secrets  none of its own.   Threads  one at a time per object.
 */
#ifndef SMK_STORE_FILES_XLSX_XML_H
#define SMK_STORE_FILES_XLSX_XML_H

#include "store/files/xlsx_zip.h"

enum { SMK_XML_DEPTH_MAX = 64 };

/* Pairs of name and value, ends with NULL. */
struct smk_xml_attributes {
    const char *const *pair;
};
/* The value; NULL when there is none. prefixed: only one that has a prefix, such as r:id. */
const char *smk_xml_find(struct smk_xml_attributes a, const char *name, bool is_prefixed);

struct smk_xml_events {
    /* What they answer, if not NONE, ends the parsing; each may be NULL. */
    enum smk_file_flaw (*open)(void *ctx, const char *name, struct smk_xml_attributes attributes);
    enum smk_file_flaw (*text)(void *ctx, struct smk_bytes text);
    enum smk_file_flaw (*close)(void *ctx, const char *name);
    void *ctx;
};

/* Unpacks and parses one part.
 * Every flaw of smk_zip_unpack, DOCTYPE, BAD_XML, NO_MEMORY, and what the events answer */
enum smk_file_flaw smk_xml_read_part(struct smk_zip *zip, const char *name, struct smk_xml_events events);

#endif

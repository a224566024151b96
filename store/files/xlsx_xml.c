#include "store/files/xlsx_xml.h"

#include "proto/mem.h"

#include <expat.h>
#include <string.h>

enum { TOKEN_BYTES_MAX = 256 * 1024 };

struct parsing {
    XML_Parser parser;
    int64_t given; /* bytes */
    struct smk_xml_events events;
    unsigned depth;
    enum smk_file_flaw flaw;
};

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

const char *smk_xml_find(struct smk_xml_attributes a, const char *name, bool is_prefixed)
{
    for (size_t i = 0; a.pair[i] != NULL; i += 2) {
        const char *local = local_name(a.pair[i]);
        if (strcmp(local, name) == 0 && (!is_prefixed || local != a.pair[i]))
            return a.pair[i + 1];
    }
    return NULL;
}

static void stop(struct parsing *p, enum smk_file_flaw flaw)
{
    if (flaw == SMK_FILE_NONE || p->flaw != SMK_FILE_NONE)
        return;
    p->flaw = flaw;
    (void)XML_StopParser(p->parser, XML_FALSE); /* it may have stopped already */
}

static void XMLCALL on_open(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct parsing *p = ctx;
    if (p->flaw != SMK_FILE_NONE)
        return;
    if (++p->depth > SMK_XML_DEPTH_MAX)
        stop(p, SMK_FILE_BAD_XML);
    else if (p->events.open != NULL)
        stop(p, p->events.open(p->events.ctx, local_name(name),
                               (struct smk_xml_attributes){(const char *const *)attributes}));
}

static void XMLCALL on_close(void *ctx, const XML_Char *name)
{
    struct parsing *p = ctx;
    p->depth -= p->depth > 0;
    if (p->flaw == SMK_FILE_NONE && p->events.close != NULL)
        stop(p, p->events.close(p->events.ctx, local_name(name)));
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len)
{
    struct parsing *p = ctx;
    if (p->flaw == SMK_FILE_NONE && p->events.text != NULL)
        stop(p, p->events.text(p->events.ctx, (struct smk_bytes){(const uint8_t *)text, (size_t)len}));
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    stop(ctx, SMK_FILE_DOCTYPE);
}

/* Old versions of expat look at a token from its beginning each time a piece of it comes: one without end would take
 * them for ever. */
static bool is_endless(const struct parsing *p)
{
    XML_Index at = XML_GetCurrentByteIndex(p->parser);
    return at >= 0 && p->given - at > TOKEN_BYTES_MAX;
}

static enum smk_file_flaw parse_piece(void *ctx, struct smk_bytes piece, bool is_last)
{
    struct parsing *p = ctx;
    p->given += (int64_t)piece.len;
    if (XML_Parse(p->parser, (const char *)piece.data, (int)piece.len, is_last) == XML_STATUS_OK)
        return is_endless(p) ? SMK_FILE_BAD_XML : SMK_FILE_NONE;
    if (p->flaw != SMK_FILE_NONE)
        return p->flaw;
    return XML_GetErrorCode(p->parser) == XML_ERROR_NO_MEMORY ? SMK_FILE_NO_MEMORY : SMK_FILE_BAD_XML;
}

static const XML_Memory_Handling_Suite memory = {smk_mem_new, smk_mem_resize, smk_mem_free};

enum smk_file_flaw smk_xml_read_part(struct smk_zip *zip, const char *name, struct smk_xml_events events)
{
    struct parsing p = {.events = events, .parser = XML_ParserCreate_MM(NULL, &memory, NULL)};
    if (p.parser == NULL)
        return SMK_FILE_NO_MEMORY;
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, on_open, on_close);
    XML_SetCharacterDataHandler(p.parser, on_text);
    XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
    enum smk_file_flaw flaw = smk_zip_unpack(zip, name, parse_piece, &p);
    XML_ParserFree(p.parser);
    return flaw;
}

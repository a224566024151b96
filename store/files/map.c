#include "store/files/map.h"

#include "proto/mem.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char smk_map_notice[] = "Outlines: geoBoundaries gbOpen KHM ADM2 (KHM-ADM2-14789045, 2014), from Open "
                              "Development Cambodia / Open "
                              "Development Mekong, CC BY 4.0; simplified, provinces dissolved from "
                              "districts, codes added. Districts made after "
                              "2014 have no outline.";
const char smk_map_source[] = "geoBoundaries gbOpen KHM ADM2 (KHM-ADM2-14789045), Open Development Cambodia";
const char smk_map_licence[] = "CC-BY-4.0";

/* The file itself, as a part of the program. */
__asm__(".section .rodata\n"
        ".balign 16\n"
        "smk_map_bytes:\n"
        ".incbin \"" SMK_MAP_FILE "\"\n"
        "smk_map_end:\n"
        ".previous\n");
extern const uint8_t smk_map_bytes[], smk_map_end[];

enum { RING_POINTS_MAX = 20000 };

struct point {
    double x, y;
};

struct smk_map {
    json_t *topology;
    json_t *arcs; /* BORROWED from it */
    double scale[2], shift[2];
};

void smk_map_free(struct smk_map *m)
{
    if (m == NULL)
        return;
    json_decref(m->topology);
    smk_mem_free(m);
}

static bool read_pair(json_t *pair, double ret[2])
{
    for (size_t i = 0; i < 2; i++) {
        json_t *number = json_array_get(pair, i);
        if (!json_is_number(number))
            return false;
        ret[i] = json_number_value(number);
    }
    return true;
}

enum smk_err smk_map_read(struct smk_bytes topology, struct smk_map **ret_map)
{
    json_error_t error;
    struct smk_map *m = smk_mem_new(sizeof *m);
    if (m == NULL)
        return SMK_ERR_NOMEM;
    m->topology = json_loadb((const char *)topology.data, topology.len, JSON_REJECT_DUPLICATES, &error);
    json_t *transform = json_object_get(m->topology, "transform");
    m->arcs = json_object_get(m->topology, "arcs");
    bool is_good = json_is_array(m->arcs) && read_pair(json_object_get(transform, "scale"), m->scale) &&
                   read_pair(json_object_get(transform, "translate"), m->shift);
    if (is_good) {
        *ret_map = m;
        return SMK_OK;
    }
    bool is_memory = m->topology == NULL && json_error_code(&error) == json_error_out_of_memory;
    smk_map_free(m);
    return is_memory ? SMK_ERR_NOMEM : SMK_ERR_INVALID;
}

enum smk_err smk_map_new(struct smk_map **ret_map)
{
    enum smk_err err =
        smk_map_read((struct smk_bytes){smk_map_bytes, (size_t)(smk_map_end - smk_map_bytes)}, ret_map);
    return err == SMK_ERR_INVALID ? SMK_ERR_NOMEM
                                  : err; /* it is part of the program, and a test reads all of it */
}

/* ---- rings ---- */

struct ring {
    size_t count;
    struct point point[RING_POINTS_MAX];
};

static void turn(struct point *point, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct point kept = point[i];
        point[i] = point[count - 1 - i];
        point[count - 1 - i] = kept;
    }
}

/* One arc, whose points are told as steps; number -1 - n is arc n backwards. Its first point is the last one of the arc
 * before it. */
static bool add_arc(const struct smk_map *m, json_t *number, struct ring *r)
{
    json_int_t n = json_integer_value(number);
    bool is_backwards = n < 0;
    json_t *arc = json_array_get(m->arcs, (size_t)(is_backwards ? -1 - n : n));
    size_t count = json_array_size(arc), begin = r->count > 0 ? r->count - 1 : 0;
    double at[2] = {0, 0}, step[2];
    if (!json_is_integer(number) || count == 0 || count > RING_POINTS_MAX - begin)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!read_pair(json_array_get(arc, i), step))
            return false;
        at[0] += step[0];
        at[1] += step[1];
        r->point[begin + i] =
            (struct point){at[0] * m->scale[0] + m->shift[0], at[1] * m->scale[1] + m->shift[1]};
    }
    if (is_backwards)
        turn(r->point + begin, count);
    r->count = begin + count;
    return true;
}

/* Twice the area, positive when the ring runs counter-clockwise. */
static double area_of(const struct ring *r)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < r->count; i++)
        sum += r->point[i].x * r->point[i + 1].y - r->point[i + 1].x * r->point[i].y;
    return sum;
}

static void write_text(struct smk_buf *b, const char *text)
{
    smk_buf_write_bytes(b, smk_bytes_of_text(text));
}

static bool write_ring(const struct smk_map *m, json_t *arcs, bool is_outer, struct ring *r,
                       struct smk_buf *b)
{
    char text[64];
    r->count = 0;
    for (size_t i = 0; i < json_array_size(arcs); i++)
        if (!add_arc(m, json_array_get(arcs, i), r))
            return false;
    if (r->count < 4)
        return false;
    if ((area_of(r) > 0) != is_outer)
        turn(r->point, r->count);
    for (size_t i = 0; i < r->count; i++) {
        (void)snprintf(text, sizeof text, "%s[%.5f,%.5f]", i == 0 ? "[" : ",", r->point[i].x, r->point[i].y);
        write_text(b, text);
    }
    write_text(b, "]");
    return true;
}

static bool write_polygon(const struct smk_map *m, json_t *rings, struct ring *r, struct smk_buf *b)
{
    write_text(b, "[");
    for (size_t i = 0; i < json_array_size(rings); i++) {
        if (i > 0)
            write_text(b, ",");
        if (!write_ring(m, json_array_get(rings, i), i == 0, r, b))
            return false;
    }
    write_text(b, "]");
    return json_array_size(rings) > 0;
}

static bool write_geometry(const struct smk_map *m, json_t *geometry, struct ring *r, struct smk_buf *b)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    json_t *arcs = json_object_get(geometry, "arcs");
    bool is_one = type != NULL && strcmp(type, "Polygon") == 0;
    bool is_good = is_one || (type != NULL && strcmp(type, "MultiPolygon") == 0);
    if (!is_good)
        return false;
    write_text(b, is_one ? "{\"type\":\"Polygon\",\"coordinates\":"
                         : "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    if (is_one)
        is_good = write_polygon(m, arcs, r, b);
    for (size_t i = 0; !is_one && is_good && i < json_array_size(arcs); i++) {
        if (i > 0)
            write_text(b, ",");
        is_good = write_polygon(m, json_array_get(arcs, i), r, b);
    }
    write_text(b, is_one ? "}" : "]}");
    return is_good;
}

static json_t *find_geometry(const struct smk_map *m, const char *code)
{
    const char *list = strlen(code) == 2 ? "provinces" : "districts";
    json_t *all =
        json_object_get(json_object_get(json_object_get(m->topology, "objects"), list), "geometries");
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *geometry = json_array_get(all, i);
        const char *its = json_string_value(json_object_get(json_object_get(geometry, "properties"), "code"));
        if (its != NULL && strcmp(its, code) == 0)
            return geometry;
    }
    return NULL;
}

bool smk_map_write(const struct smk_map *m, const char *code, struct smk_buf *b)
{
    json_t *geometry = find_geometry(m, code);
    if (geometry == NULL) {
        write_text(b, "null");
        return true;
    }
    struct ring *r = smk_mem_new(sizeof *r);
    if (r == NULL) {
        b->err = SMK_ERR_NOMEM;
        return true;
    }
    bool is_good = write_geometry(m, geometry, r, b);
    smk_mem_free(r);
    return is_good;
}

#include "store/files/map.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

Test(map, every_place_has_an_outline_or_none)
{
    struct smk_map *map;
    size_t provinces = 0, districts = 0;
    cr_assert(eq(int, smk_map_new(&map), SMK_OK));
    for (unsigned code = 0; code < 10000; code++) {
        char text[8];
        struct smk_buf b = {.max = 1 << 20};
        (void)snprintf(text, sizeof text, code < 100 ? "%02u" : "%04u", code);
        cr_assert(smk_map_write(map, text, &b), "%s", text);
        cr_assert(eq(int, b.err, SMK_OK));
        bool is_there = !smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text("null"));
        provinces += is_there && code < 100;
        districts += is_there && code >= 100;
        smk_buf_deinit(&b);
    }
    cr_assert(eq(sz, provinces, 25));
    cr_assert(eq(sz, districts, 197));
    smk_map_free(map);
    smk_map_free(NULL);
}

#define TOPOLOGY(arcs, geometry)                                               \
    "{\"transform\":{\"scale\":[0.5,2],\"translate\":[100,10]},\"arcs\":" arcs \
    ",\"objects\":{\"districts\":{\"geometries\":[" geometry "]},\"provinces\":{\"geometries\":[]}}}"
#define PLACE(type, arcs) "{\"type\":\"" type "\",\"properties\":{\"code\":\"0201\"},\"arcs\":" arcs "}"

Test(map, arcs_are_joined_turned_and_moved)
{
    static const struct {
        const char *topology, *geometry; /* NULL: no outline */
    } row[] = {
        {TOPOLOGY("[[[0,0],[2,0],[0,1]],[[2,1],[-2,-1]]]", PLACE("Polygon", "[[0,1]]")),
         "{\"type\":\"Polygon\",\"coordinates\":[[[100.00000,10.00000],[101.00000,10.00000],[101.00000,12."
         "00000],"
         "[100.00000,10.00000]]]}"},
        {TOPOLOGY("[[[0,0],[2,0],[0,1]],[[2,1],[-2,-1]]]", PLACE("Polygon", "[[-2,-1]]")),
         "{\"type\":\"Polygon\",\"coordinates\":[[[100.00000,10.00000],[101.00000,10.00000],[101.00000,12."
         "00000],"
         "[100.00000,10.00000]]]}"},
        {TOPOLOGY("[[[0,0],[2,0],[0,1],[-2,-1]]]", PLACE("MultiPolygon", "[[[0]],[[0],[0]]]")),
         "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[100.00000,10.00000],[101.00000,10.00000],[101.00000,"
         "12.00000],"
         "[100.00000,10.00000]]],[[[100.00000,10.00000],[101.00000,10.00000],[101.00000,12.00000],[100.00000,"
         "10.00000]],"
         "[[100.00000,10.00000],[101.00000,12.00000],[101.00000,10.00000],[100.00000,10.00000]]]]}"},
        {TOPOLOGY("[[[0,0],[2,0],[0,1]]]", PLACE("Polygon", "[[0]]")), NULL},
        {TOPOLOGY("[[[0,0],[2,0],[0,1],[-2,-1]]]", PLACE("Polygon", "[[1]]")), NULL},
        {TOPOLOGY("[[[0,0],[2,0],[0,1],[-2,-1]]]", PLACE("Polygon", "[[\"0\"]]")), NULL},
        {TOPOLOGY("[[[0,0],[2],[0,1],[-2,-1]]]", PLACE("Polygon", "[[0]]")), NULL},
        {TOPOLOGY("[[[0,0],[2,0],[0,1],[-2,-1]]]", PLACE("Polygon", "[]")), NULL},
        {TOPOLOGY("[[[0,0],[2,0],[0,1],[-2,-1]]]", PLACE("Polygon", "{}")), NULL},
        {TOPOLOGY("[[[0,0],[2,0],[0,1],[-2,-1]]]", PLACE("Point", "[[0]]")), NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_map *map;
        struct smk_buf b = {.max = 4096};
        cr_assert(eq(int, smk_map_read(smk_bytes_of_text(row[i].topology), &map), SMK_OK), "%zu", i);
        cr_assert(eq(int, smk_map_write(map, "0201", &b), row[i].geometry != NULL), "%zu", i);
        if (row[i].geometry != NULL)
            cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text(row[i].geometry)), "%zu: %.*s",
                      i, (int)b.len, (const char *)b.data);
        smk_buf_deinit(&b);
        smk_map_free(map);
    }
}

Test(map, what_is_no_topology_is_refused)
{
    static const char *const bad[] = {
        "", "{", "[]", "{}", "{\"arcs\":[]}", "{\"arcs\":[],\"transform\":{\"scale\":[1]}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct smk_map *map;
        cr_assert(eq(int, smk_map_read(smk_bytes_of_text(bad[i]), &map), SMK_ERR_INVALID), "%s", bad[i]);
    }
}

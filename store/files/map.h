/* store/files/map.h: the outlines of provinces and districts, by code.
 *
 * Shape    a TopoJSON topology that is part of the program; out come geometries of GeoJSON, outer rings counter-clockwise.
 * Source   map/kh.topo.json, whose notice is map/ATTRIBUTION.txt; RFC 7946.
 * Memory   as said.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_STORE_FILES_MAP_H
#define SMK_STORE_FILES_MAP_H

#include "proto/bytes.h"

/* The notice that goes wherever an outline goes. */
extern const char smk_map_notice[];
extern const char smk_map_source[], smk_map_licence[];

struct smk_map; /* opaque */

/* GIVES the map: smk_map_free. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_map_new(struct smk_map **ret_map);
/* The same of a topology given: SMK_ERR_INVALID when it is none.
 * OK, SMK_ERR_INVALID, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_map_read(struct smk_bytes topology, struct smk_map **ret_map);
void smk_map_free(struct smk_map *m); /* NULL does nothing */
/* Appends the geometry of a place, "null" where there is none. False when what stands in the map for it is no outline;
 * errors stick in b. */
bool smk_map_write(const struct smk_map *m, const char *code, struct smk_buf *b);

#endif

/* tools/report/page.h: what stands around a report: its head, its style sheet with the fonts, the foot of each page.
 *
 * Shape    no script, nothing that is fetched: the policy in the head allows exactly the style sheet that stands in the page,
 *          by its hash, and the fonts inside it.
 * Memory   BORROWED for the call.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_REPORT_PAGE_H
#define SMK_TOOLS_REPORT_PAGE_H

#include "tools/report/html.h"

/* Begins a page. title: for the window; foot: on the left below each sheet, the page's number stands on the right. Both
 * are texts from anywhere. */
void smk_page_begin(struct smk_html *h, struct smk_bytes title, struct smk_bytes foot);
void smk_page_end(struct smk_html *h);

#endif

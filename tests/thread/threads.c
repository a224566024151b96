/* tests/thread/threads.c: the two places where threads meet, as a plain program for ThreadSanitizer: one open store that
 * many threads read and write while its map grows, and the writer of the daemon under a loop that reads.
 *
 *   threads [--rounds N]    exit 0 when every record that was reported is there, and nothing else
 */
#include "node/log.h"
#include "node/writer.h"
#include "proto/check.h"
#include "proto/hash.h"
#include "tests/support/stores.h"
#include "tests/support/tidy.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAKERS = 2,
    READERS = 2,
    BATCHES = 8,
    OWN_WRITES = 12,
    SMALL_MAP_BYTES = 256 * 1024,
    LONG_MS = 60 * 1000
};

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "threads: %s\n", what);
    exit(1);
}

/* ---- two homes ---- */

struct pair {
    struct test_dir dir;
    struct smk_home founder, member;
    struct test_mail mail; /* what the founder has in `nat` */
};

static void pair_init(struct pair *p)
{
    *p = (struct pair){0};
    test_tidy_folder(p->dir.path);
    test_dir_init(&p->dir);
    test_home_found(&p->dir, "founder", &p->founder);
    test_home_decide(&p->founder, "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(&p->dir, "member", &p->founder, "ctod", "ctod-editor", &p->member);
    for (unsigned i = 0; i < BATCHES; i++)
        demand(test_put(&p->founder, "nat", SMK_BATCH_RECORDS_MAX) == SMK_OK, "the founder cannot write");
    (void)test_carry(p->founder.store, p->member.store, "gov");
    test_mail_of(p->founder.store, "nat", &p->mail);
    demand(p->mail.count >= BATCHES, "too little mail for a race");
}

static void pair_deinit(struct pair *p)
{
    test_mail_deinit(&p->mail);
    smk_home_close(&p->founder);
    smk_home_close(&p->member);
    test_dir_deinit(&p->dir);
    test_tidy_folder(NULL);
}

/* The member's store again, with a map that has to grow under its readers. */
static void member_shrink(struct pair *p)
{
    char path[SMK_HOME_PATH_MAX];
    demand(smk_home_join(p->member.path, "store", path), "the path is too long");
    smk_store_close(p->member.store);
    p->member.store = NULL;
    struct smk_store_options options = {.path = path, .map_bytes = SMALL_MAP_BYTES};
    demand(smk_store_open(&options, &p->member.store) == SMK_OK, "the member's store does not open");
}

/* ---- one store, many threads ---- */

struct meeting {
    struct pair pair;
    atomic_size_t next; /* message that nobody has taken yet */
    atomic_uint_fast64_t new_records;
    atomic_uint busy; /* threads that still write */
    atomic_uint reads;
};

static void *taker_main(void *at)
{
    struct meeting *m = at;
    struct smk_store_verdict verdict;
    for (size_t i; (i = atomic_fetch_add(&m->next, 1)) < m->pair.mail.count;) {
        struct smk_bytes message = smk_buf_view(&m->pair.mail.message[i]);
        demand(smk_store_take(m->pair.member.store, &message, 1, &verdict) == SMK_OK, "a batch is not taken");
        atomic_fetch_add(&m->new_records, verdict.new_records);
    }
    atomic_fetch_sub(&m->busy, 1);
    return NULL;
}

static void *author_main(void *at)
{
    struct meeting *m = at;
    for (unsigned i = 0; i < OWN_WRITES; i++) {
        uint64_t before = test_store_records(m->pair.member.store);
        demand(test_put(&m->pair.member, "nat", 1) == SMK_OK, "the member cannot write");
        demand(test_store_records(m->pair.member.store) > before, "what was written is not seen");
    }
    atomic_fetch_sub(&m->busy, 1);
    return NULL;
}

static bool count_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    uint64_t *last = ctx;
    demand(arrival > *last, "arrivals are not given in order");
    demand(record->header.seq > 0, "a record without a number");
    *last = arrival;
    return true;
}

/* Follows with a view of its own, as the daemon's loop and the commands do. */
static void *reader_main(void *at)
{
    struct meeting *m = at;
    struct smk_store_view *v;
    bool has_moved, has_new_roster;
    uint64_t stood = 0;
    demand(smk_store_view_new(m->pair.member.store, &v) == SMK_OK, "no view");
    while (atomic_load(&m->busy) > 0) {
        demand(smk_store_view_catch_up(v, &has_moved, &has_new_roster) == SMK_OK, "the view does not move");
        const struct smk_view *view = smk_store_view_get(v);
        demand(view->arrival(view->ctx) >= stood, "the view goes back");
        stood = view->arrival(view->ctx);
        uint64_t last = 0;
        demand(view->read_arrivals(view->ctx, 0, count_record, &last) == SMK_OK, "the store cannot be read");
        demand(last == stood, "a view does not give what it stands at");
        atomic_fetch_add(&m->reads, 1);
    }
    smk_store_view_free(v);
    return NULL;
}

/* Batches that were taken out of turn leave their log's later ones refused: what is missing is taken again, in order. */
static uint64_t take_the_rest(struct pair *p)
{
    uint64_t new_records = 0;
    struct smk_store_verdict *verdicts = calloc(p->mail.count, sizeof *verdicts);
    demand(verdicts != NULL, "no memory");
    demand(test_mail_take(p->member.store, &p->mail, verdicts) == SMK_OK, "the mail is not taken");
    for (size_t i = 0; i < p->mail.count; i++) {
        demand(verdicts[i].err == SMK_OK, "a good batch is refused");
        new_records += verdicts[i].new_records;
    }
    free(verdicts);
    return new_records;
}

static void run_meeting(void)
{
    struct meeting m = {0};
    pthread_t thread[TAKERS + 1 + READERS];
    size_t count = 0;
    pair_init(&m.pair);
    member_shrink(&m.pair);
    uint64_t before = test_store_records(m.pair.member.store);
    atomic_store(&m.busy, TAKERS + 1);
    for (unsigned i = 0; i < TAKERS; i++)
        demand(pthread_create(&thread[count++], NULL, taker_main, &m) == 0, "no thread");
    demand(pthread_create(&thread[count++], NULL, author_main, &m) == 0, "no thread");
    for (unsigned i = 0; i < READERS; i++)
        demand(pthread_create(&thread[count++], NULL, reader_main, &m) == 0, "no thread");
    for (size_t i = 0; i < count; i++)
        demand(pthread_join(thread[i], NULL) == 0, "a thread does not end");
    uint64_t reported = atomic_load(&m.new_records) + take_the_rest(&m.pair);
    uint64_t held = test_store_records(m.pair.member.store) - before;
    /* the member's first own record opens a log, which is one record more */
    demand(held == reported + OWN_WRITES + 1, "records were lost or counted twice");
    demand(held > (uint64_t)BATCHES * SMK_BATCH_RECORDS_MAX, "records of the founder are missing");
    printf("one store: %" PRIu64 " records by %u threads, %u reads meanwhile\n", held, TAKERS + 1,
           atomic_load(&m.reads));
    pair_deinit(&m.pair);
}

/* ---- the writer under its loop ---- */

struct desk {
    struct pair pair;
    uv_loop_t loop;
    struct smk_writer *writer;
    unsigned reported;
    uint64_t records;
};

static void on_done(void *ctx, const struct smk_job_result *result)
{
    struct desk *d = ctx;
    demand(result->err == SMK_OK, "the writer reports an error");
    d->reported++;
    d->records += result->stored.new_records;
    /* the loop reads while the thread goes on with the next group */
    demand(test_store_records(d->pair.member.store) >= d->records, "what was reported is not there");
}

static void run_writer(unsigned stop_after)
{
    struct desk d = {0};
    pair_init(&d.pair);
    uint64_t before = test_store_records(d.pair.member.store);
    demand(uv_loop_init(&d.loop) == 0, "no loop");
    demand(smk_writer_new(&d.loop, &d.pair.member, on_done, &d, &d.writer) == SMK_OK, "no writer");
    for (size_t i = 0; i < d.pair.mail.count; i++) {
        struct smk_batch batch = {.ticket = i + 1, .records_message = smk_buf_view(&d.pair.mail.message[i])};
        demand(smk_writer_put_batch(d.writer, 1, &batch), "no memory for a batch");
        (void)smk_writer_is_full(d.writer);
        (void)uv_run(&d.loop, UV_RUN_NOWAIT);
    }
    while (d.reported < stop_after)
        (void)uv_run(&d.loop, UV_RUN_ONCE);
    demand(smk_writer_stop(d.writer, LONG_MS), "the writer does not stop");
    (void)uv_run(&d.loop, UV_RUN_DEFAULT);
    demand(uv_loop_close(&d.loop) == 0, "the loop does not close");
    demand(test_store_records(d.pair.member.store) == before + d.records, "stored and reported differ");
    printf("the writer: stopped after %u of %zu batches\n", d.reported, d.pair.mail.count);
    pair_deinit(&d.pair);
}

int main(int argc, char **argv)
{
    unsigned long rounds = 1;
    if (argc == 3 && strcmp(argv[1], "--rounds") == 0)
        rounds = strtoul(argv[2], NULL, 10);
    if ((argc != 1 && argc != 3) || rounds == 0) {
        (void)fprintf(stderr, "usage: threads [--rounds N]\n");
        return 2;
    }
    test_tidy_begin(NULL);
    demand(smk_crypto_start() == SMK_OK, "libsodium does not start");
    smk_log_set_level(SMK_LOG_ERROR);
    for (unsigned long i = 0; i < rounds; i++) {
        run_meeting();
        run_writer(i % 2 == 0 ? 1 : BATCHES);
    }
    return 0;
}

#include "tools/audit.h"
#include "tools/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct reading {
    int out;
    uint64_t findings;
    uint64_t records; /* read through a view, as an export does */
    const struct smk_view *view;
    enum smk_err err;
};

static const char *const kind_names[] = {
    [SMK_FINDING_DAMAGED_RECORD] = "damaged_record",
    [SMK_FINDING_MISSING_RECORD] = "missing_record",
    [SMK_FINDING_BAD_SIGNATURE] = "bad_signature",
    [SMK_FINDING_INDEX] = "index",
    [SMK_FINDING_HOLE] = "hole",
    [SMK_FINDING_DECISION] = "decision",
    [SMK_FINDING_FILE] = "file",
    [SMK_FINDING_RIGHTS] = "rights",
    [SMK_FINDING_FORK] = "fork",
};

static void write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t count = write(fd, text, len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            _exit(SMK_EXIT_REFUSED); /* the parent is gone */
        text += count;
        len -= (size_t)count;
    }
}

/* TAKES the object. */
static void emit(const struct reading *reading, json_t *object)
{
    char line[SMK_AUDIT_LINE_BYTES_MAX];
    if (object == NULL)
        _exit(SMK_EXIT_TRY_AGAIN); /* no memory */
    size_t len = json_dumpb(object, line, sizeof line - 1, JSON_COMPACT);
    if (len == 0 || len > sizeof line - 1)
        _exit(SMK_EXIT_REFUSED);
    line[len] = '\n';
    write_all(reading->out, line, len + 1);
    json_decref(object);
}

static void note_finding(void *ctx, const struct smk_finding *finding)
{
    static const uint8_t nobody[SMK_KEY_BYTES];
    struct reading *reading = ctx;
    size_t kind = (size_t)finding->kind;
    if (++reading->findings > SMK_AUDIT_FINDINGS_MAX)
        return;
    json_t *id = finding->has_id ? smk_json_hex(SMK_BYTES(finding->id)) : json_null();
    json_t *scope = finding->scope.text[0] != 0 ? json_string(finding->scope.text) : json_null();
    json_t *author = json_null();
    if (finding->author_org.text[0] != 0)
        author = json_string(finding->author_org.text);
    else if (memcmp(finding->author, nobody, sizeof nobody) != 0)
        author = smk_json_hex(SMK_BYTES(finding->author));
    emit(reading,
         json_pack("{s:s, s:o, s:o, s:o, s:I, s:s}", "kind",
                   kind < sizeof kind_names / sizeof kind_names[0] ? kind_names[kind] : "other", "id", id,
                   "scope", scope, "author", author, "seq", (json_int_t)finding->seq, "what", finding->what));
}

static bool count_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct reading *reading = ctx;
    (void)arrival;
    (void)record;
    reading->records++;
    return true;
}

static bool read_log(void *ctx, const struct smk_head *head)
{
    struct reading *reading = ctx;
    reading->err = reading->view->read_log(reading->view->ctx, head->log_id, 1, count_record, reading);
    return reading->err == SMK_OK;
}

static bool read_scope(void *ctx, const struct smk_scope *scope)
{
    static const struct smk_prefix whole;
    struct reading *reading = ctx;
    const struct smk_frontier *frontier = reading->view->frontier(reading->view->ctx, scope);
    if (frontier != NULL)
        smk_frontier_each(frontier, &whole, read_log, reading);
    return reading->err == SMK_OK;
}

/* Opens the store and reads all that an export reads: so 'clean' means that it can be exported. */
static enum smk_err read_as_export(struct reading *reading, const char *folder)
{
    struct smk_store_options options = {.path = folder, .is_read_only = true};
    struct smk_store *store;
    struct smk_store_view *view;
    enum smk_err err = smk_store_open(&options, &store);
    if (err != SMK_OK)
        return err;
    err = smk_store_view_new(store, &view);
    if (err != SMK_OK)
        return err;
    reading->view = smk_store_view_get(view);
    reading->view->each_scope(reading->view->ctx, read_scope, reading);
    if (reading->err == SMK_OK)
        reading->err = reading->view->read_arrivals(reading->view->ctx, 0, count_record, reading);
    smk_store_view_free(view);
    smk_store_close(store);
    return reading->err;
}

/* A file that is damaged may do anything to this process: it says nothing, leaves no core, and does not outlive its
 * parent or its time. */
static void fence(void)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    const struct rlimit none = {0};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)signal(fatal[i], SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
    int silence = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (silence >= 0)
        (void)dup2(silence, STDERR_FILENO);
    (void)alarm(SMK_AUDIT_CHILD_S);
}

_Noreturn void smk_audit_child(const char *folder, int out)
{
    struct reading reading = {.out = out};
    struct smk_audit_counts counts = {0};
    fence();
    enum smk_err err = smk_store_audit(folder, note_finding, &reading, &counts);
    if (err == SMK_OK) {
        enum smk_err read_err = read_as_export(&reading, folder);
        bool is_short = read_err == SMK_OK && reading.records < 2 * counts.records; /* it may have grown */
        if (counts.findings == 0 && (is_short || read_err == SMK_ERR_NOT_FOUND))
            read_err = SMK_ERR_STORE_DAMAGED;
        if (counts.findings == 0) /* with findings it is no news that not everything can be read */
            err = read_err;
    }
    emit(&reading,
         json_pack("{s:b, s:i, s:I, s:I, s:I, s:I}", "end", 1, "err", (int)err, "logs",
                   (json_int_t)counts.logs, "records", (json_int_t)counts.records, "signatures_good",
                   (json_int_t)counts.signatures_good, "findings", (json_int_t)counts.findings));
    _exit(SMK_EXIT_DONE);
}

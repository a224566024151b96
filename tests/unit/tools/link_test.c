/* Two homes, two processes, one pair of sockets: the blocking link in both roles, with the real session and the real
 * store. Each process opens its home after the fork: a store is never used across one. */
#include "tools/link.h"

#include "proto/canon.h"
#include "proto/hash.h"
#include "store/govern.h"
#include "store/local.h"
#include "tests/support/rng.h"
#include "tests/support/tempdir.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct test_dir folder;
static char home_a[TEST_PATH_MAX], home_b[TEST_PATH_MAX];

static void setup(void)
{
    test_dir_init(&folder);
    (void)snprintf(home_a, sizeof home_a, "%s", test_dir_at(&folder, "a").text);
    (void)snprintf(home_b, sizeof home_b, "%s", test_dir_at(&folder, "b").text);
}

static void teardown(void)
{
    test_dir_deinit(&folder);
}

static struct smk_slug slug_of(const char *text)
{
    struct smk_slug slug;
    cr_assert(smk_slug_copy(smk_bytes_of_text(text), &slug));
    return slug;
}

static struct smk_office office_of(const char *slug, const char *org, const char *role)
{
    struct smk_office office = {.slug = slug_of(slug), .org = slug_of(org), .role = slug_of(role)};
    (void)snprintf(office.title.en, sizeof office.title.en, "%s", role);
    return office;
}

/* Founds a coalition in a home, with an invitation for one device of ctod. */
static void found(const char *path, struct smk_invitation *ret_inv)
{
    struct smk_home home;
    struct smk_organisation founder = {
        .slug = slug_of("cpdd"), .kind = slug_of("secretariat"), .name.en = "CPDD"};
    struct smk_office offices[] = {office_of("cpdd-editor", "cpdd", "secretariat_editor")};
    struct smk_decision decisions[2] = {{.kind = SMK_DECIDE_ORGANISATION}, {.kind = SMK_DECIDE_OFFICE}};
    struct smk_invitation_row row = {
        .org = slug_of("ctod"), .office_count = 1, .expires_ms = smk_wall_ms() + 60000};
    size_t written;
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    cr_assert(eq(int, smk_home_prepare(path, &home), SMK_OK));
    cr_assert(eq(int, smk_home_found(&home, "Test", "Asia/Phnom_Penh", &founder, offices, 1), SMK_OK));
    decisions[0].organisation = (struct smk_organisation){
        .slug = row.org, .kind = slug_of("member"), .name.en = "CTOD", .area_count = 1, .area = {"02"}};
    decisions[1].office = office_of("ctod-editor", "ctod", "member_editor");
    row.office[0] = decisions[1].office.slug;
    smk_random(row.id, sizeof row.id);
    smk_random(row.secret, sizeof row.secret);
    cr_assert(eq(int, smk_store_decide(home.store, &home.identity, home.root_key, 1, decisions, 2, &written),
                 SMK_OK));
    cr_assert(eq(int, smk_local_put_invitation(home.store, &row), SMK_OK));
    *ret_inv = (struct smk_invitation){.address = "127.0.0.1:1",
                                       .org = row.org,
                                       .office_count = 1,
                                       .office = {row.office[0]},
                                       .expires_ms = row.expires_ms};
    memcpy(ret_inv->coalition, smk_store_coalition(home.store), SMK_ID_BYTES);
    memcpy(ret_inv->transport_key, home.identity.transport.public_key, SMK_KEY_BYTES);
    memcpy(ret_inv->box_key, home.identity.box.public_key, SMK_KEY_BYTES);
    memcpy(ret_inv->sign_key, home.identity.sign.public_key, SMK_KEY_BYTES);
    memcpy(ret_inv->id, row.id, sizeof row.id);
    memcpy(ret_inv->secret, row.secret, sizeof row.secret);
    smk_home_close(&home);
}

/* Writes count records of about `bytes` bytes each into `nat`. */
static void write_records(const char *path, size_t count, size_t bytes)
{
    enum { AT_ONCE = 500 };
    struct smk_home home;
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t *filling = calloc(1, bytes);
    uint8_t(*ids)[SMK_ID_BYTES] = calloc(AT_ONCE, SMK_ID_BYTES);
    struct smk_draft *drafts = calloc(AT_ONCE, sizeof *drafts);
    cr_assert(eq(int, smk_home_open(path, &home), SMK_OK));
    smk_pack_map(&payload, 1);
    smk_pack_text(&payload, "filling");
    smk_pack_bin(&payload, (struct smk_bytes){filling, bytes});
    for (size_t i = 0; i < AT_ONCE; i++)
        drafts[i] = (struct smk_draft){
            .scope = smk_scope_of("nat"), .type = SMK_RECORD_EDIT, .payload = smk_buf_view(&payload)};
    for (size_t done = 0; done < count; done += AT_ONCE) {
        size_t now = count - done < AT_ONCE ? count - done : AT_ONCE;
        cr_assert(eq(int, smk_store_write(home.store, &home.identity, drafts, now, ids), SMK_OK));
    }
    smk_home_close(&home);
    smk_buf_deinit(&payload);
    free(filling);
    free(ids);
    free(drafts);
}

/* Answers one session on fd in a process of its own; that ends with the error's number, 0 for a good session. */
static pid_t answer(const char *path, int fd, int other_fd)
{
    pid_t child = fork();
    cr_assert(ge(int, child, 0));
    if (child > 0)
        return child;
    struct smk_home home;
    struct smk_link_result result;
    (void)close(other_fd);
    if (smk_home_open(path, &home) != SMK_OK)
        _exit(2);
    struct smk_link_options options = {.home = &home};
    enum smk_err err = smk_link_talk(fd, &options, &result);
    if (err == SMK_OK)
        err = result.err;
    bool is_complete = result.status.is_complete;
    smk_link_result_deinit(&result);
    smk_home_close(&home);
    _exit(err != SMK_OK ? 3 : is_complete ? 0 : 4);
}

static int end_of(pid_t child)
{
    int status;
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* home_b talks with home_a. */
static void talk(const struct smk_invitation *join, struct smk_link_result *ret_result, int expected_end)
{
    int pair[2];
    struct smk_home home;
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0));
    pid_t child = answer(home_a, pair[1], pair[0]);
    (void)close(pair[1]);
    if (join != NULL)
        cr_assert(eq(int, smk_home_prepare(home_b, &home), SMK_OK));
    else
        cr_assert(eq(int, smk_home_open(home_b, &home), SMK_OK));
    struct smk_link_options options = {
        .home = &home, .is_initiator = true, .join = join, .address = "127.0.0.1:1"};
    cr_assert(eq(int, smk_link_talk(pair[0], &options, ret_result), SMK_OK));
    (void)close(pair[0]);
    smk_home_close(&home);
    cr_assert(eq(int, end_of(child), expected_end));
}

static void join(const struct smk_invitation *inv)
{
    struct smk_link_result result;
    char path[SMK_HOME_PATH_MAX];
    talk(inv, &result, 0);
    cr_assert(eq(int, result.err, SMK_OK), "%s %s", smk_err_name(result.err), result.status.reason);
    cr_assert(gt(sz, result.welcome.len, 0));
    cr_assert(smk_home_join(home_b, "store", path));
    cr_assert(eq(int, smk_store_create_welcomed(path, smk_buf_view(&result.welcome)), SMK_OK));
    smk_link_result_deinit(&result);
}

static void sync_well(uint64_t sent, uint64_t received)
{
    struct smk_link_result result;
    talk(NULL, &result, 0);
    cr_assert(eq(int, result.err, SMK_OK), "%s %s", smk_err_name(result.err), result.status.reason);
    cr_assert(result.status.is_agreed);
    cr_assert(result.status.is_complete);
    cr_assert(eq(u64, result.status.records_sent, sent));
    cr_assert(eq(u64, result.status.records_received, received));
    smk_link_result_deinit(&result);
}

Test(link, a_device_joins_and_then_both_hold_the_same, .init = setup, .fini = teardown, .timeout = 60)
{
    struct smk_invitation inv;
    struct smk_link_result result;
    found(home_a, &inv);
    join(&inv);
    talk(NULL, &result, 0);
    cr_assert(eq(int, result.err, SMK_OK), "%s %s", smk_err_name(result.err), result.status.reason);
    cr_assert(result.status.is_agreed);
    cr_assert(gt(u64, result.status.records_received, 0), "governance came");
    smk_link_result_deinit(&result);

    talk(NULL, &result, 0);
    cr_assert(result.status.was_agreed_at_hello, "nothing new: the digests are equal at once");
    cr_assert(eq(u64, result.status.records_received, 0));
    smk_link_result_deinit(&result);

    struct smk_home home;
    struct smk_peer_row row;
    cr_assert(eq(int, smk_home_open(home_b, &home), SMK_OK));
    cr_assert(eq(int, smk_local_get_peer(home.store, inv.sign_key, &row), SMK_OK));
    cr_assert(eq(str, row.address, "127.0.0.1:1"), "where it was reached is remembered");
    cr_assert(not(row.lacks_us));
    cr_assert(gt(u64, row.compared_ms, 0));
    cr_assert(gt(sz, row.receipt.len, 0), "both signed what they hold");
    smk_buf_deinit(&row.receipt);
    smk_home_close(&home);
}

Test(link, many_records_go_both_ways, .init = setup, .fini = teardown, .timeout = 120)
{
    struct smk_invitation inv;
    struct smk_link_result result;
    found(home_a, &inv);
    join(&inv);
    talk(NULL, &result, 0);
    smk_link_result_deinit(&result);
    write_records(home_a, 3000, 600);
    write_records(home_b, 2000, 5000);
    sync_well(2001, 3001); /* an open for each log */
    write_records(home_b, 3, 60000);
    sync_well(3, 0);
}

Test(link, the_same_device_may_ask_again_and_nobody_else, .init = setup, .fini = teardown, .timeout = 60)
{
    struct smk_invitation inv;
    struct smk_link_result first, second;
    found(home_a, &inv);
    talk(&inv, &first, 0); /* the welcome is lost on the way */
    talk(&inv, &second, 0);
    cr_assert(gt(sz, first.welcome.len, 0));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&first.welcome), smk_buf_view(&second.welcome)));
    smk_link_result_deinit(&first);
    smk_link_result_deinit(&second);

    (void)snprintf(home_b, sizeof home_b, "%s",
                   test_dir_at(&folder, "c").text); /* another device, the same text */
    talk(&inv, &first, 3);
    cr_assert(eq(int, first.err, SMK_ERR_CUT_LINE));
    cr_assert(eq(sz, first.welcome.len, 0));
    smk_link_result_deinit(&first);
}

Test(link, a_line_that_is_cut_ends_the_session, .init = setup, .fini = teardown, .timeout = 60)
{
    struct smk_invitation inv;
    int pair[2];
    struct smk_home home;
    struct smk_link_result result;
    found(home_a, &inv);
    cr_assert(eq(int, smk_home_open(home_a, &home), SMK_OK));
    struct smk_link_options options = {.home = &home, .is_initiator = true};
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0));
    (void)close(pair[1]);
    cr_assert(eq(int, smk_link_talk(pair[0], &options, &result), SMK_OK));
    cr_assert(eq(int, result.err, SMK_ERR_CUT_LINE));
    cr_assert(not(result.status.is_complete));
    smk_link_result_deinit(&result);
    (void)close(pair[0]);
    smk_home_close(&home);
}

/* Passes bytes between two sockets until `limit` of them have gone to the first, then hangs up on both. */
static pid_t cut_after(int near, int far, size_t limit)
{
    pid_t child = fork();
    cr_assert(ge(int, child, 0));
    while (child == 0) {
        struct pollfd ready[2] = {{.fd = near, .events = POLLIN}, {.fd = far, .events = POLLIN}};
        char piece[4096];
        (void)poll(ready, 2, 10000);
        for (int i = 0; i < 2; i++) {
            ssize_t count = ready[i].revents != 0 ? read(ready[i].fd, piece, sizeof piece) : 0;
            if (ready[i].revents != 0 &&
                (count <= 0 || write(ready[1 - i].fd, piece, (size_t)count) != count))
                _exit(0);
            if (i == 1 && (size_t)count >= limit)
                _exit(0);
            limit -= i == 1 ? (size_t)count : 0;
        }
    }
    return child;
}

Test(link, after_a_cut_line_it_says_what_is_missing_and_goes_on, .init = setup, .fini = teardown,
     .timeout = 120)
{
    struct smk_invitation inv;
    struct smk_home home;
    struct smk_link_result result;
    int left[2], right[2];
    found(home_a, &inv);
    join(&inv);
    talk(NULL, &result, 0);
    smk_link_result_deinit(&result);
    write_records(home_a, 2000, 1000);
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, left), 0));
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, right), 0));
    pid_t proxy = cut_after(left[1], right[0], 1000 * 1000);
    pid_t child = answer(home_a, right[1], right[0]);
    (void)close(left[1]);
    (void)close(right[0]);
    (void)close(right[1]);
    cr_assert(eq(int, smk_home_open(home_b, &home), SMK_OK));
    struct smk_link_options options = {.home = &home, .is_initiator = true};
    cr_assert(eq(int, smk_link_talk(left[0], &options, &result), SMK_OK));
    cr_assert(eq(int, result.err, SMK_ERR_CUT_LINE));
    cr_assert(not(result.status.is_agreed));
    uint64_t came = result.status.records_received;
    cr_assert(gt(u64, came, 0), "what came before the cut stays");
    cr_assert(eq(u64, result.status.we_lack, 2001 - came));
    smk_link_result_deinit(&result);
    (void)close(left[0]);
    smk_home_close(&home);
    (void)end_of(proxy);
    cr_assert(eq(int, end_of(child), 3));
    sync_well(0, 2001 - came);
}

Test(link, what_speaks_another_language_is_refused, .init = setup, .fini = teardown, .timeout = 60)
{
    struct smk_invitation inv;
    int pair[2];
    struct smk_home home;
    struct smk_link_result result;
    uint8_t noise[4096] = {0, 200};
    struct test_rng rng = test_rng_from(test_seed());
    found(home_a, &inv);
    cr_assert(eq(int, smk_home_open(home_a, &home), SMK_OK));
    for (size_t length = 0; length < 4; length++) {
        struct smk_link_options options = {.home = &home, .is_initiator = length % 2 == 0};
        cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0));
        test_rng_bytes(&rng, noise + 2, sizeof noise - 2);
        cr_assert(gt(long, (long)write(pair[1], noise, sizeof noise), 0));
        (void)shutdown(pair[1], SHUT_WR);
        cr_assert(eq(int, smk_link_talk(pair[0], &options, &result), SMK_OK));
        cr_assert(ne(int, result.err, SMK_OK));
        cr_assert(not(result.status.is_bound));
        smk_link_result_deinit(&result);
        (void)close(pair[0]);
        (void)close(pair[1]);
    }
    smk_home_close(&home);
}

/* A listening socket on a port that the kernel chose; its address as text. */
static int listen_somewhere(char ret_address[32])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(eq(int, bind(fd, (struct sockaddr *)&at, len), 0));
    cr_assert(eq(int, getsockname(fd, (struct sockaddr *)&at, &len), 0));
    (void)snprintf(ret_address, 32, "127.0.0.1:%u", ntohs(at.sin_port));
    return fd;
}

Test(link, it_reaches_who_listens_and_says_why_not)
{
    char address[32];
    int fd = -1, listener = listen_somewhere(address);
    cr_assert(eq(int, (int)smk_link_reach(address, 1000, 0, &fd), SMK_REACH_REFUSED),
              "bound, but nobody listens");
    cr_assert(eq(int, listen(listener, 1), 0));
    cr_assert(eq(int, (int)smk_link_reach(address, 1000, 0, &fd), SMK_REACH_OK));
    (void)close(fd);
    (void)close(listener);
    static const char *const bad[] = {"", "x", "x:", ":1", "127.0.0.1:1:2x", "[]:1", "127.0.0.1:port"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        enum smk_reach reach = smk_link_reach(bad[i], 100, 0, &fd);
        cr_assert(reach == SMK_REACH_BAD_ADDRESS || reach == SMK_REACH_NO_HOST, "%s", bad[i]);
    }
}

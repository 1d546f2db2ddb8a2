/* The table of connections and what lingers after it, over socket pairs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "http/connections.h"
#include "http/inlet.h"
#include "http/linger.h"

static struct connections connections;
static int ours, theirs;

static void open_pair(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ours = ends[0];
    theirs = ends[1];
    ck_assert_int_eq(fcntl(ours, F_SETFL, O_NONBLOCK), 0);
    ck_assert(connections_init(&connections, (struct connection_limits){2, 0, 1}));
}

static void close_pair(void)
{
    connections_release(&connections);
    close(ours);
    close(theirs);
}

static const struct connection_times patient = {60, 60, 60, 60};
static const struct connection_times none = {-1, -1, -1, -1};

/* What their end has been sent, and whether it has been ended. */
static bool ended(char *text, size_t size)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(theirs, text + length, size - 1 - length, MSG_DONTWAIT);
        text[length + (got > 0 ? (size_t)got : 0)] = '\0';
        if (got <= 0)
            return got == 0 || errno == ECONNRESET;
        length += (size_t)got;
    }
}

/* Enters descriptors that are nobody's, from `first` on; returns how many were let in. */
static int enter(int first, int count, uint64_t client)
{
    int entered = 0;
    for (int i = 0; i < count; i++)
        entered += connections_enter(&connections, first + i, client, "a");
    return entered;
}

START_TEST(a_descriptor_that_comes_again_replaces_the_one_before)
{
    char name[CLIENT_MAX];
    ck_assert(connections_enter(&connections, 100, 1, "a"));
    ck_assert(connections_enter(&connections, 100, 1, "b"));
    ck_assert_uint_eq(connections_open(&connections), 1);
    connections_name(&connections, 100, name);
    ck_assert_str_eq(name, "b");
    ck_assert(!connections_enter(&connections, 1 << 20, 1, "beyond the table"));
    ck_assert(!connections_leave(&connections, 100));
    ck_assert_uint_eq(connections_open(&connections), 0);
}
END_TEST

START_TEST(beyond_the_limit_there_are_places_for_health_checks)
{
    ck_assert_int_eq(enter(100, 2, 1), 2);
    ck_assert_ptr_null(connections_limit(&connections, 101));
    ck_assert_int_eq(enter(102, 1, 1), 1);
    ck_assert_int_eq(connections_limit(&connections, 102)->status, 503);
    ck_assert_int_eq(connections_leave(&connections, 100), 0);
    ck_assert_int_eq(enter(100, 1, 1), 1); /* an ordinary one, whatever the others are */
    ck_assert_ptr_null(connections_limit(&connections, 100));
}
END_TEST

START_TEST(who_says_nothing_beyond_the_limit_makes_room)
{
    const struct refusal *refusal;
    ck_assert_int_eq(enter(100, 2 + RESERVED_MAX, 1), 2 + RESERVED_MAX);
    ck_assert_ptr_nonnull(connections_inlet(&connections, 102, &refusal));
    ck_assert_ptr_null(refusal);
    connections_set_phase(&connections, 102, PHASE_WORKING); /* this one is owed an answer */
    ck_assert_int_eq(enter(200, 1, 1), 1);
    connections_inlet(&connections, 102, &refusal);
    ck_assert_ptr_null(refusal);
    connections_inlet(&connections, 103, &refusal); /* the oldest of the others */
    ck_assert_ptr_nonnull(refusal);
    ck_assert_int_eq(refusal->status, 503);
    ck_assert_int_eq(enter(201, 1000, 1), RESERVED_MAX - 1);
}
END_TEST

START_TEST(one_client_has_a_limit_of_its_own)
{
    connections.limits = (struct connection_limits){100, 2, 1};
    ck_assert_int_eq(enter(100, 3, 1), 3);
    ck_assert_ptr_null(connections_limit(&connections, 101));
    ck_assert_int_eq(connections_limit(&connections, 102)->status, 429);
    ck_assert_int_eq(enter(110, 2, 2), 2);
    ck_assert_ptr_null(connections_limit(&connections, 111));
    connections_leave(&connections, 100);
    connections_leave(&connections, 101);
    ck_assert_int_eq(enter(100, 1, 1), 1);
    ck_assert_ptr_null(connections_limit(&connections, 100));
}
END_TEST

START_TEST(a_phase_is_remembered_until_the_connection_leaves)
{
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_BODY), PHASE_IDLE);
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_WORKING), PHASE_BODY);
    connections_set_unread(&connections, ours);
    ck_assert(connections_leave(&connections, ours));
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_WORKING), PHASE_CLOSED);
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_WORKING), PHASE_CLOSED);
    ck_assert(connections_enter(&connections, ours, 1, "b"));
    ck_assert(!connections_leave(&connections, ours));
}
END_TEST

static const struct {
    enum phase phase;
    bool ended;
    int refused;
} sweeps[] = {
    {PHASE_IDLE, true, 0},    {PHASE_HEAD, false, 408},  {PHASE_BODY, false, 408},
    {PHASE_SENDING, true, 0}, {PHASE_WORKING, false, 0}, {PHASE_SHAKING, true, 0},
};

START_TEST(a_sweep_ends_what_the_client_owes_too_long)
{
    char text[1024];
    const struct refusal *refusal;
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    connections_set_phase(&connections, ours, sweeps[_i].phase);
    connections_sweep(&connections, &patient);
    ck_assert(!ended(text, sizeof text));
    ck_assert_ptr_nonnull(connections_inlet(&connections, ours, &refusal));
    ck_assert_ptr_null(refusal);
    connections_sweep(&connections, &none);
    ck_assert_int_eq(ended(text, sizeof text), sweeps[_i].ended);
    connections_inlet(&connections, ours, &refusal);
    ck_assert_int_eq(refusal ? refusal->status : 0, sweeps[_i].refused);
    ck_assert_str_eq(text, ""); /* it is the HTTP thread that speaks */
}
END_TEST

START_TEST(each_part_of_a_request_has_its_own_time)
{
    const struct refusal *refusal;
    const struct connection_times heads = {60, -1, 60, 60}, bodies = {60, 60, -1, 60};
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    connections_set_phase(&connections, ours, PHASE_HEAD);
    connections_sweep(&connections, &bodies);
    connections_inlet(&connections, ours, &refusal);
    ck_assert_ptr_null(refusal);
    connections_set_phase(&connections, ours, PHASE_BODY);
    connections_sweep(&connections, &heads);
    connections_inlet(&connections, ours, &refusal);
    ck_assert_ptr_null(refusal);
    connections_sweep(&connections, &bodies);
    connections_inlet(&connections, ours, &refusal);
    ck_assert_ptr_nonnull(refusal);
}
END_TEST

START_TEST(a_request_that_arrived_after_all_is_not_refused)
{
    const struct refusal *refusal;
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    connections_heard(&connections, ours, true);
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_BODY), PHASE_HEAD);
    connections_sweep(&connections, &none);
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_WORKING), PHASE_REFUSED);
    connections_inlet(&connections, ours, &refusal);
    ck_assert_ptr_null(refusal);
}
END_TEST

START_TEST(what_is_arriving_is_refused_at_the_end)
{
    static const struct refusal draining = {503, "draining", "the end"};
    const struct refusal *refusal;
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    connections_refuse_arriving(&connections, &draining);
    connections_inlet(&connections, ours, &refusal);
    ck_assert_ptr_null(refusal);
    connections_heard(&connections, ours, true);
    connections_refuse_arriving(&connections, &draining);
    connections_inlet(&connections, ours, &refusal);
    ck_assert_ptr_eq(refusal, &draining);
}
END_TEST

START_TEST(a_handshake_is_waited_for_once_it_has_begun)
{
    static const struct refusal draining = {503, "draining", "the end"};
    char text[64];
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    connections_set_phase(&connections, ours, PHASE_SHAKING);
    connections_heard(&connections, ours, false);
    connections_end_idle(&connections, 0, -1);
    ck_assert(!ended(text, sizeof text));
    connections_refuse_arriving(&connections, &draining); /* and then not any more; nothing can be said */
    ck_assert(ended(text, sizeof text));
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_handshake_that_has_not_begun_is_idle)
{
    char text[64];
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    connections_set_phase(&connections, ours, PHASE_SHAKING);
    connections_end_idle(&connections, 0, -1);
    ck_assert(ended(text, sizeof text));
}
END_TEST

START_TEST(an_idle_connection_is_ended_while_draining_unless_a_request_has_come)
{
    char text[64];
    ck_assert(connections_enter(&connections, ours, 1, "a"));
    ck_assert_int_eq(send(theirs, "GET", 3, 0), 3);
    connections_end_idle(&connections, 0, -1);
    ck_assert(!ended(text, sizeof text));
    ck_assert_int_eq(recv(ours, text, sizeof text, 0), 3);
    connections_end_idle(&connections, 0, 3600);
    ck_assert(!ended(text, sizeof text));
    connections_set_phase(&connections, ours, PHASE_BODY);
    connections_end_idle(&connections, 0, -1);
    ck_assert(!ended(text, sizeof text));
    connections_set_phase(&connections, ours, PHASE_IDLE);
    connections_end_idle(&connections, 0, -1);
    ck_assert(ended(text, sizeof text));
}
END_TEST

START_TEST(a_last_answer_is_a_whole_one)
{
    char text[1024];
    connection_send_last(ours, "503 Service Unavailable", "busy", "come back later", 7);
    ck_assert(!ended(text, sizeof text));
    char *body = strstr(text, "\r\n\r\n");
    ck_assert_ptr_nonnull(body);
    ck_assert_str_eq(body + 4, "{\"error\":\"come back later\",\"code\":\"busy\"}");
    char length[64];
    snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body + 4));
    ck_assert_ptr_nonnull(strstr(text, length));
    ck_assert_ptr_nonnull(strstr(text, "Connection: close\r\n"));
}
END_TEST

START_TEST(what_lingers_is_read_until_the_client_ends)
{
    struct lingering linger;
    struct pollfd events[LINGER_MAX];
    char bytes[4096] = {0}, text[64];
    ck_assert(linger_init(&linger));
    int copy = dup(ours);
    linger_add(&linger, copy);
    ck_assert(ended(text, sizeof text)); /* nothing more comes from us */
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(send(theirs, bytes, sizeof bytes, MSG_DONTWAIT), (ssize_t)sizeof bytes);
        ck_assert_uint_eq(linger_events(&linger, events), 1);
        ck_assert_int_eq(events[0].fd, copy);
        linger_drain(&linger);
    }
    shutdown(theirs, SHUT_WR);
    linger_drain(&linger);
    ck_assert_uint_eq(linger_events(&linger, events), 0);
    ck_assert_int_eq(fcntl(copy, F_GETFD), -1);
    linger_release(&linger);
}
END_TEST

START_TEST(who_finds_no_place_to_linger_is_closed)
{
    struct lingering linger;
    struct pollfd events[LINGER_MAX];
    ck_assert(linger_init(&linger));
    for (size_t i = 0; i < LINGER_MAX; i++)
        linger_add(&linger, dup(ours));
    int late = dup(ours);
    linger_add(&linger, late);
    ck_assert_int_eq(fcntl(late, F_GETFD), -1);
    ck_assert_uint_eq(linger_events(&linger, events), LINGER_MAX);
    linger_release(&linger);
    ck_assert_int_eq(fcntl(events[0].fd, F_GETFD), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connections");
    TCase *tcase = tcase_create("connections");
    tcase_add_checked_fixture(tcase, open_pair, close_pair);
    tcase_add_test(tcase, a_descriptor_that_comes_again_replaces_the_one_before);
    tcase_add_test(tcase, beyond_the_limit_there_are_places_for_health_checks);
    tcase_add_test(tcase, who_says_nothing_beyond_the_limit_makes_room);
    tcase_add_test(tcase, one_client_has_a_limit_of_its_own);
    tcase_add_test(tcase, a_phase_is_remembered_until_the_connection_leaves);
    tcase_add_loop_test(tcase, a_sweep_ends_what_the_client_owes_too_long, 0, (int)(sizeof sweeps / sizeof *sweeps));
    tcase_add_test(tcase, each_part_of_a_request_has_its_own_time);
    tcase_add_test(tcase, a_request_that_arrived_after_all_is_not_refused);
    tcase_add_test(tcase, what_is_arriving_is_refused_at_the_end);
    tcase_add_test(tcase, an_idle_connection_is_ended_while_draining_unless_a_request_has_come);
    tcase_add_test(tcase, a_handshake_is_waited_for_once_it_has_begun);
    tcase_add_test(tcase, a_handshake_that_has_not_begun_is_idle);
    tcase_add_test(tcase, a_last_answer_is_a_whole_one);
    tcase_add_test(tcase, what_lingers_is_read_until_the_client_ends);
    tcase_add_test(tcase, who_finds_no_place_to_linger_is_closed);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

/* The table of connections and what lingers after it, over socket pairs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connections.h"
#include "harness.h"
#include "linger.h"

static struct connections connections;
static int ours, theirs;

static void open_pair(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ours = ends[0];
    theirs = ends[1];
    ck_assert_int_eq(fcntl(ours, F_SETFL, O_NONBLOCK), 0);
    ck_assert(connections_init(&connections, 2));
}

static void close_pair(void)
{
    connections_release(&connections);
    close(ours);
    close(theirs);
}

static const struct connection_times patient = {.silence = 60, .request = 60};
static const struct connection_times none = {.silence = -1, .request = -1};

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

START_TEST(the_limit_counts_open_connections)
{
    char client[CLIENT_MAX];
    ck_assert(connections_enter(&connections, 10, "a"));
    ck_assert(connections_enter(&connections, 11, "b"));
    ck_assert(!connections_enter(&connections, 12, "c"));
    ck_assert_uint_eq(connections_open(&connections), 2);
    connections_client(&connections, 11, client);
    ck_assert_str_eq(client, "b");
    ck_assert(!connections_leave(&connections, 10));
    ck_assert(connections_enter(&connections, 12, "c"));
    ck_assert(connections_enter(&connections, 12, "d")); /* the kernel gave the number out again */
    ck_assert_uint_eq(connections_open(&connections), 2);
    ck_assert(!connections_enter(&connections, 1 << 20, "beyond the table"));
}
END_TEST

START_TEST(a_phase_is_remembered_until_the_connection_leaves)
{
    ck_assert(connections_enter(&connections, ours, "a"));
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_RECEIVING), PHASE_IDLE);
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_WORKING), PHASE_RECEIVING);
    connections_set_unread(&connections, ours);
    ck_assert(connections_leave(&connections, ours));
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_WORKING), PHASE_CLOSED);
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_WORKING), PHASE_CLOSED);
    ck_assert(connections_enter(&connections, ours, "b"));
    ck_assert(!connections_leave(&connections, ours));
}
END_TEST

static const struct {
    enum phase phase;
    bool late;
    const char *told;
} sweeps[] = {
    {PHASE_IDLE, true, ""},
    {PHASE_RECEIVING, true, "HTTP/1.1 408 "},
    {PHASE_SENDING, true, ""},
    {PHASE_WORKING, false, ""},
};

START_TEST(a_sweep_ends_what_the_client_owes_too_long)
{
    char text[1024];
    ck_assert(connections_enter(&connections, ours, "a"));
    connections_set_phase(&connections, ours, sweeps[_i].phase);
    connections_sweep(&connections, &patient);
    ck_assert(!ended(text, sizeof text));
    connections_sweep(&connections, &none);
    ck_assert_int_eq(ended(text, sizeof text), sweeps[_i].late);
    ck_assert(!strncmp(text, sweeps[_i].told, strlen(sweeps[_i].told)));
    ck_assert_int_eq(*text == '\0', *sweeps[_i].told == '\0');
}
END_TEST

START_TEST(a_client_that_was_told_408_is_told_it_once)
{
    char text[1024];
    ck_assert(connections_enter(&connections, ours, "a"));
    connections_set_phase(&connections, ours, PHASE_RECEIVING);
    connections_sweep(&connections, &none);
    connections_sweep(&connections, &none);
    ck_assert(ended(text, sizeof text));
    ck_assert_ptr_null(strstr(text + 1, "HTTP/1.1"));
    ck_assert_int_eq(connections_set_phase(&connections, ours, PHASE_IDLE), PHASE_TIMED_OUT);
}
END_TEST

START_TEST(an_idle_connection_is_ended_while_draining_unless_a_request_has_come)
{
    char text[64];
    ck_assert(connections_enter(&connections, ours, "a"));
    ck_assert_int_eq(send(theirs, "GET", 3, 0), 3);
    connections_end_idle(&connections, 0, -1);
    ck_assert(!ended(text, sizeof text));
    ck_assert_int_eq(recv(ours, text, sizeof text, 0), 3);
    connections_end_idle(&connections, 0, 3600);
    ck_assert(!ended(text, sizeof text));
    connections_set_phase(&connections, ours, PHASE_RECEIVING);
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
    connection_send_last(ours, "503 Service Unavailable", "busy", "come back later");
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
    tcase_add_test(tcase, the_limit_counts_open_connections);
    tcase_add_test(tcase, a_phase_is_remembered_until_the_connection_leaves);
    tcase_add_loop_test(tcase, a_sweep_ends_what_the_client_owes_too_long, 0, (int)(sizeof sweeps / sizeof *sweeps));
    tcase_add_test(tcase, a_client_that_was_told_408_is_told_it_once);
    tcase_add_test(tcase, an_idle_connection_is_ended_while_draining_unless_a_request_has_come);
    tcase_add_test(tcase, a_last_answer_is_a_whole_one);
    tcase_add_test(tcase, what_lingers_is_read_until_the_client_ends);
    tcase_add_test(tcase, who_finds_no_place_to_linger_is_closed);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

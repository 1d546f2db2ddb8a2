/* What happens at one end of a session with TLS, and what becomes of it at the other: over socket pairs, in one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tls/identity.h"
#include "tls/session.h"
#include "tls_files.h"

_Static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR && EPOLLHUP == POLLHUP,
               "as Linux has it");

static struct folder folder;
static struct session session;
static struct identity *identity;
static gnutls_certificate_credentials_t trusting;
static gnutls_session_t client;
static int client_fd, daemon_fd;
static char bytes[1 << 16];

static void make_identity(void)
{
    char certificate[80], message[512];
    gnutls_x509_privkey_t key = generate_key();
    folder_init(&folder);
    write_certificate(&folder, "certificate", key);
    write_key(&folder, "key", key, NULL);
    gnutls_x509_privkey_deinit(key);
    snprintf(certificate, sizeof certificate, "%s/certificate", folder.path);
    snprintf(bytes, sizeof bytes, "%s/key", folder.path);
    identity = identity_read(certificate, bytes, message, sizeof message);
    ck_assert_msg(identity != NULL, "%s", message);
    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&trusting), 0);
}

static void drop_identity(void)
{
    gnutls_certificate_free_credentials(trusting);
    identity_release(identity);
    folder_release(&folder);
}

static void open_pairs(void)
{
    int outside[2], inside[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, outside), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, inside), 0);
    client_fd = outside[0];
    daemon_fd = inside[0];
    for (int i = 0; i < 2; i++) {
        fcntl(outside[i], F_SETFL, O_NONBLOCK);
        fcntl(inside[i], F_SETFL, O_NONBLOCK);
    }
    ck_assert(session_init(&session, outside[1], inside[1], identity_hold(identity)));
    ck_assert_int_eq(gnutls_init(&client, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL), 0);
    gnutls_set_default_priority(client);
    gnutls_credentials_set(client, GNUTLS_CRD_CERTIFICATE, trusting);
    gnutls_transport_set_int(client, client_fd);
}

static void close_pairs(void)
{
    session_release(&session);
    gnutls_deinit(client);
    if (client_fd >= 0)
        close(client_fd);
    if (daemon_fd >= 0)
        close(daemon_fd);
}

/* As the relay does, until nothing is ready any more. */
static void turn(void)
{
    static char buffer[RECORD_MAX];
    for (int i = 0; i < 10000 && session.stage != SESSION_OVER; i++) {
        struct pollfd events[] = {
            {session.client.fd, (short)session_client_events(&session), 0},
            {session.hung_up ? -1 : session.daemon.fd, (short)session_daemon_events(&session), 0}};
        if (poll(events, 2, 0) <= 0)
            return;
        if (events[0].revents)
            session_client_ready(&session, (uint32_t)events[0].revents, buffer);
        if (events[1].revents && session.stage != SESSION_OVER)
            session_daemon_ready(&session, (uint32_t)events[1].revents, buffer);
    }
    ck_assert_int_eq(session.stage, SESSION_OVER);
}

static void shake_hands(void)
{
    int error;
    while ((error = gnutls_handshake(client)) == GNUTLS_E_AGAIN)
        turn();
    ck_assert_msg(error == 0, "%s", gnutls_strerror(error));
    turn();
    ck_assert_int_eq(session.stage, SESSION_OPEN);
}

static void say(const char *text)
{
    ck_assert_int_eq(gnutls_record_send(client, text, strlen(text)), (ssize_t)strlen(text));
    turn();
}

/* What the daemon hears next; "" is the end. */
static void hears(const char *text)
{
    ssize_t got = recvfrom(daemon_fd, bytes, sizeof bytes, 0, NULL, NULL);
    ck_assert_int_eq(got, (ssize_t)strlen(text));
    ck_assert(!memcmp(bytes, text, strlen(text)));
}

static void answer(const char *text)
{
    ck_assert_int_eq(send(daemon_fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    turn();
}

/* What the client is told next; "" is close_notify. */
static void told(const char *text)
{
    ssize_t got = GNUTLS_E_AGAIN;
    for (int i = 0; i < 10 && got == GNUTLS_E_AGAIN; i++) { /* tickets come before */
        turn();
        got = gnutls_record_recv(client, bytes, sizeof bytes);
    }
    ck_assert_int_eq(got, (ssize_t)strlen(text));
    ck_assert(!memcmp(bytes, text, strlen(text)));
}

START_TEST(bytes_go_both_ways)
{
    shake_hands();
    say("question");
    hears("question");
    answer("answer");
    told("answer");
}
END_TEST

START_TEST(who_ends_one_half_is_answered)
{
    shake_hands();
    say("question");
    if (_i)
        gnutls_bye(client, GNUTLS_SHUT_WR);
    else
        shutdown(client_fd, SHUT_WR); /* without a word */
    turn();
    hears("question");
    hears("");
    answer("answer");
    told("answer");
    close(daemon_fd);
    daemon_fd = -1;
    turn();
    told("");
    ck_assert_int_eq(session.stage, SESSION_OVER);
}
END_TEST

START_TEST(what_the_daemon_said_goes_out_before_its_end)
{
    shake_hands();
    ck_assert_int_eq(send(daemon_fd, "last words", 10, 0), 10);
    if (_i)
        shutdown(daemon_fd, SHUT_WR);
    else
        close(daemon_fd);
    turn();
    ck_assert_int_eq(session.stage, SESSION_LINGERING);
    told("last words");
    told("");
    ck_assert_int_gt(gnutls_record_send(client, "too late", 8), 0);
    turn();
    ck_assert_int_eq(session.stage, SESSION_LINGERING);
    shutdown(client_fd, SHUT_WR);
    turn();
    ck_assert_int_eq(session.stage, SESSION_OVER);
    if (!_i)
        daemon_fd = -1;
}
END_TEST

START_TEST(who_does_not_read_is_not_read_for)
{
    size_t said = 0, heard = 0;
    shake_hands();
    memset(bytes, 'x', sizeof bytes);
    for (ssize_t sent; (sent = send(daemon_fd, bytes, sizeof bytes, MSG_NOSIGNAL)) > 0; said += (size_t)sent) {
        turn();
        ck_assert_uint_lt(said, (size_t)4 << 20);
    }
    ck_assert_uint_gt(said, sizeof bytes);
    close(daemon_fd);
    daemon_fd = -1;
    turn();
    ck_assert_int_eq(session.stage, SESSION_OPEN); /* it cannot be known yet that this was the end */
    for (ssize_t got = 1; got > 0 || got == GNUTLS_E_AGAIN; turn()) {
        got = gnutls_record_recv(client, bytes, sizeof bytes);
        heard += got > 0 ? (size_t)got : 0;
        ck_assert(got >= 0 || got == GNUTLS_E_AGAIN);
    }
    ck_assert_uint_eq(heard, said);
}
END_TEST

START_TEST(what_the_daemon_does_not_read_is_not_read_for_it)
{
    size_t said = 0, heard = 0;
    shake_hands();
    for (ssize_t sent; (sent = gnutls_record_send(client, bytes, RECORD_MAX)) > 0; said += (size_t)sent) {
        turn();
        ck_assert_uint_lt(said, (size_t)4 << 20);
    }
    ck_assert_uint_gt(said, sizeof bytes);
    while (heard < said) {
        ssize_t got = recvfrom(daemon_fd, bytes, sizeof bytes, 0, NULL, NULL);
        ck_assert_int_gt(got, 0);
        heard += (size_t)got;
        turn();
    }
    ck_assert_uint_eq(heard, said);
}
END_TEST

START_TEST(what_nobody_will_read_is_thrown_away)
{
    shake_hands();
    shutdown(daemon_fd, SHUT_RD);
    for (int i = 0; i < 500; i++) {
        ck_assert_int_eq(gnutls_record_send(client, bytes, RECORD_MAX), (ssize_t)RECORD_MAX);
        turn();
    }
    answer("too much");
    told("too much");
}
END_TEST

START_TEST(who_is_gone_is_gone_for_the_daemon)
{
    shake_hands();
    close(client_fd);
    client_fd = -1;
    turn();
    ck_assert_int_eq(session.stage, SESSION_OVER);
}
END_TEST

START_TEST(a_handshake_ends_with_the_pair)
{
    ck_assert_int_eq(gnutls_handshake(client), GNUTLS_E_AGAIN);
    shutdown(daemon_fd, SHUT_RDWR);
    turn();
    ck_assert_int_eq(session.stage, SESSION_OVER);
    ck_assert_int_eq(session.error, 0);
}
END_TEST

START_TEST(a_handshake_that_is_none_fails)
{
    ck_assert_int_eq(send(client_fd, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
    turn();
    ck_assert_int_eq(session.stage, SESSION_OVER);
    ck_assert_int_lt(session.error, 0);
    ck_assert(session.heard);
}
END_TEST

START_TEST(a_handshake_that_is_left_fails)
{
    shutdown(client_fd, SHUT_WR);
    turn();
    ck_assert_int_eq(session.stage, SESSION_OVER);
    ck_assert_int_eq(session.error, GNUTLS_E_PREMATURE_TERMINATION);
    ck_assert(!session.heard);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tls_session");
    TCase *cases = tcase_create("tls_session");
    tcase_add_unchecked_fixture(cases, make_identity, drop_identity);
    tcase_add_checked_fixture(cases, open_pairs, close_pairs);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, bytes_go_both_ways);
    tcase_add_loop_test(cases, who_ends_one_half_is_answered, 0, 2);
    tcase_add_loop_test(cases, what_the_daemon_said_goes_out_before_its_end, 0, 2);
    tcase_add_test(cases, who_does_not_read_is_not_read_for);
    tcase_add_test(cases, what_the_daemon_does_not_read_is_not_read_for_it);
    tcase_add_test(cases, what_nobody_will_read_is_thrown_away);
    tcase_add_test(cases, who_is_gone_is_gone_for_the_daemon);
    tcase_add_test(cases, a_handshake_ends_with_the_pair);
    tcase_add_test(cases, a_handshake_that_is_none_fails);
    tcase_add_test(cases, a_handshake_that_is_left_fails);
    suite_add_tcase(suite, cases);
    return harness_run(suite);
}

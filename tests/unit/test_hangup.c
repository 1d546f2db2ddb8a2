/* Who has left, and who has only said that no more will come: over the loopback, as the kernel has it. */
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "http/hangup.h"
#include "http/request.h"

static int ours, theirs;
static struct request request;

static void open_pair(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    theirs = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(theirs, (struct sockaddr *)&address, size), 0);
    ours = accept(listener, NULL, NULL);
    ck_assert_int_ge(ours, 0);
    close(listener);
    request = (struct request){.fd = ours};
}

static void close_pair(void)
{
    close(ours);
    if (theirs >= 0)
        close(theirs);
}

static void wait_for(short events)
{
    struct pollfd poll_fd = {.fd = ours, .events = events};
    ck_assert_int_eq(poll(&poll_fd, 1, 30000), 1);
}

/* What the client has been sent so far. */
static const char *heard(void)
{
    static char text[64];
    ssize_t size = recv(theirs, text, sizeof text - 1, MSG_DONTWAIT);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

START_TEST(who_waits_is_not_asked)
{
    ck_assert(!client_has_left(&request, HANGUP_PATIENCE_MS));
    ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(who_has_only_ended_sending_is_asked_once)
{
    shutdown(theirs, SHUT_WR);
    wait_for(POLLIN);
    ck_assert(!client_has_left(&request, HANGUP_PATIENCE_MS));
    ck_assert(!client_has_left(&request, HANGUP_PATIENCE_MS));
    ck_assert_str_eq(heard(), "HTTP/1.1 100 Continue\r\n\r\n");
}
END_TEST

START_TEST(who_cannot_be_asked_is_believed)
{
    request.old = true;
    shutdown(theirs, SHUT_WR);
    wait_for(POLLIN);
    ck_assert(!client_has_left(&request, HANGUP_PATIENCE_MS));
    ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(who_has_closed_has_left)
{
    close(theirs);
    theirs = -1;
    wait_for(POLLIN);
    bool left = client_has_left(&request, HANGUP_PATIENCE_MS);
    if (!left) { /* the reset was slow: it is found later */
        wait_for(0);
        left = client_has_left(&request, HANGUP_PATIENCE_MS);
    }
    ck_assert(left);
}
END_TEST

START_TEST(who_has_reset_has_left)
{
    struct linger now = {.l_onoff = 1};
    ck_assert_int_eq(setsockopt(theirs, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(theirs);
    theirs = -1;
    wait_for(0);
    ck_assert(client_has_left(&request, HANGUP_PATIENCE_MS));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hangup");
    TCase *tcase = tcase_create("hangup");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, open_pair, close_pair);
    tcase_add_test(tcase, who_waits_is_not_asked);
    tcase_add_test(tcase, who_has_only_ended_sending_is_asked_once);
    tcase_add_test(tcase, who_cannot_be_asked_is_believed);
    tcase_add_test(tcase, who_has_closed_has_left);
    tcase_add_test(tcase, who_has_reset_has_left);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

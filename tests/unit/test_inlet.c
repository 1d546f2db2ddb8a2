/* What comes out of an inlet, however the bytes were cut on their way. */
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "harness.h"
#include "http/inlet.h"

#define TEXT_MAX 4096

struct outcome {
    char text[TEXT_MAX]; /* heads as handed on, bodies without their chunks as "[body]", "(refusal)" */
    size_t size;
    uint64_t heads;
};

static void put(struct outcome *outcome, const char *bytes, size_t size)
{
    ck_assert_uint_lt(outcome->size + size, TEXT_MAX);
    memcpy(outcome->text + outcome->size, bytes, size);
    outcome->size += size;
    outcome->text[outcome->size] = '\0';
}

/* Takes a chunked body apart as libmicrohttpd would. Returns where it ends. */
static const char *read_body(const char *at, struct outcome *outcome)
{
    put(outcome, "[", 1);
    for (;;) {
        char *end;
        size_t size = strtoul(at, &end, 16);
        ck_assert(!strncmp(end, "\r\n", 2));
        at = end + 2;
        if (size == 0)
            break;
        put(outcome, at, size);
        at += size;
        ck_assert(!strncmp(at, "\r\n", 2));
        at += 2;
    }
    ck_assert(!strncmp(at, "\r\n", 2));
    put(outcome, "]", 1);
    return at + 2;
}

static void read_out(const char *at, const char *end, struct outcome *outcome)
{
    while (at < end) {
        const char *head_end = strstr(at, "\r\n\r\n");
        ck_assert_ptr_nonnull(head_end);
        size_t size = (size_t)(head_end - at) + 4;
        bool body = memmem(at, size, "Transfer-Encoding: chunked\r\n", 28);
        for (size_t i = 0; i < size - 4; i++)
            if (at[i] != '\r')
                put(outcome, at[i] == '\n' ? "|" : at + i, 1);
        put(outcome, "\n", 1);
        at = body ? read_body(head_end + 4, outcome) : head_end + 4;
    }
}

/* Feeds `text` in pieces of up to `piece` bytes, after a first one of `first`. */
static void pass(const char *text, size_t first, size_t piece, struct outcome *outcome)
{
    static char taken[TEXT_MAX];
    struct inlet inlet;
    size_t size = strlen(text), count = 0;
    inlet_init(&inlet);
    for (size_t at = 0, part = first; at < size; at += part, part = piece) {
        if (part > size - at)
            part = size - at;
        inlet_feed(&inlet, text + at, part);
        count += inlet_take(&inlet, taken + count, (at + part) % 7 + 1); /* libmicrohttpd need not take all */
    }
    for (size_t got; (got = inlet_take(&inlet, taken + count, 5)) > 0;)
        count += got;
    taken[count] = '\0';
    *outcome = (struct outcome){.heads = inlet.heads};
    if (inlet.state == INLET_HEAD || inlet.state == INLET_ENDED)
        read_out(taken, taken + count, outcome);
    if (inlet.refusal)
        put(outcome, "(", 1), put(outcome, inlet.refusal->message, strlen(inlet.refusal->message)),
            put(outcome, ")", 1);
    ck_assert(!inlet_failed(&inlet));
    inlet_release(&inlet);
}

static const struct {
    const char *sent, *handed_on;
} examples[] = {
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1|Host: x\n"},
    {"\r\nGET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\n"},
    {"GET / HTTP/1.7\r\nHost:x \t\r\nA:\t\r\n\r\n", "GET / HTTP/1.1|Host: x|A: \n"},
    {"PUT /a HTTP/1.1\r\nContent-Length: 3\r\nHost: x\r\n\r\nabcGET /b HTTP/1.1\r\nHost: y\r\n\r\n",
     "PUT /a HTTP/1.1|Host: x|X-Senetd-Length: 3|Transfer-Encoding: chunked\n[abc]GET /b HTTP/1.1|Host: y\n"},
    {"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
     "PUT /a HTTP/1.1|Host: x|X-Senetd-Length: 0\n"},
    {"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\nX-Senetd-Length: 9\r\n\r\n"
     "1;x\r\na\r\n2\r\nbc\r\n0\r\nA: b\r\n\r\n",
     "PUT /a HTTP/1.1|Host: x|Transfer-Encoding: chunked|Expect: 100-continue\n[abc]"},
    {"PUT /a HTTP/1.0\r\nExpect: x\r\nContent-Length: 1\r\n\r\na",
     "PUT /a HTTP/1.0|X-Senetd-Length: 1|Transfer-Encoding: chunked\n[a]"},
    {"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
     "PUT /a HTTP/1.1|Host: x|Transfer-Encoding: chunked\n[ab](the chunked body is malformed)"},
    {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n",
     "GET /a HTTP/1.1|Host: x\nGET /b HTTP/1.1|Host: -\n(HTTP/1.1 needs a Host header)"},
    {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\n",
     "GET /a HTTP/1.1|Host: x\n- * HTTP/1.1|Host: -\n(a line ends without CR LF)"},
    {"HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
     "HEAD /a HTTP/1.1|Host: -\n(Content-Length is given more than once)"},
    {"\n", "- * HTTP/1.1|Host: -\n(a line ends without CR LF)"},
    {"\r\n\r\n", "- * HTTP/1.1|Host: -\n(the request line is malformed)"},
    {"GET / HTTP/1.1\r\nHos", ""},
    {"", ""},
};

START_TEST(what_is_handed_on_does_not_depend_on_the_pieces)
{
    struct outcome outcome;
    const char *sent = examples[_i].sent;
    for (size_t first = 0; first <= strlen(sent); first++) {
        pass(sent, first, 1000, &outcome);
        ck_assert_str_eq(outcome.text, examples[_i].handed_on);
    }
    for (size_t piece = 1; piece < 8; piece++) {
        pass(sent, piece, piece, &outcome);
        ck_assert_str_eq(outcome.text, examples[_i].handed_on);
    }
}
END_TEST

START_TEST(a_body_can_be_refused_at_any_time)
{
    static const struct refusal late = {408, "late", "late"}, later = {503, "later", "later"};
    struct inlet inlet;
    char text[512] = "";
    inlet_init(&inlet);
    static const char sent[] = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
    inlet_feed(&inlet, sent, sizeof sent - 1);
    ck_assert(inlet_in_request(&inlet) && !inlet_in_head(&inlet) && inlet_in_body(&inlet, 1));
    inlet_refuse(&inlet, &late);
    inlet_refuse(&inlet, &later);
    inlet_feed(&inlet, "defGET / HTTP/1.1\r\n", 19);
    size_t size = inlet_take(&inlet, text, sizeof text - 1);
    ck_assert_str_eq(text + size - 20, "00000003\r\nabc\r\n0\r\n\r\n");
    ck_assert_ptr_eq(inlet.refusal, &late);
    ck_assert_uint_eq(inlet.heads, 1);
    ck_assert(!inlet_in_request(&inlet) && !inlet_in_body(&inlet, 1));
    ck_assert_uint_eq(inlet_take(&inlet, text, sizeof text), 0);
    inlet_release(&inlet);
}
END_TEST

START_TEST(a_head_is_held_until_it_is_whole)
{
    struct inlet inlet;
    char text[64];
    static const char sent[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    inlet_init(&inlet);
    ck_assert(!inlet_in_head(&inlet));
    for (size_t i = 0; i < sizeof sent - 2; i++) {
        inlet_feed(&inlet, sent + i, 1);
        ck_assert(inlet_in_head(&inlet));
        ck_assert_uint_eq(inlet_take(&inlet, text, sizeof text), 0);
    }
    inlet_feed(&inlet, "\n", 1);
    ck_assert(!inlet_in_head(&inlet));
    ck_assert_uint_eq(inlet_take(&inlet, text, sizeof text), sizeof sent - 1);
    inlet_release(&inlet);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inlet");
    TCase *tcase = tcase_create("inlet");
    tcase_add_loop_test(tcase, what_is_handed_on_does_not_depend_on_the_pieces, 0,
                        (int)(sizeof examples / sizeof *examples));
    tcase_add_test(tcase, a_body_can_be_refused_at_any_time);
    tcase_add_test(tcase, a_head_is_held_until_it_is_whole);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

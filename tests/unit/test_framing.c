/* Where a body ends: one reading or none. */
#include "harness.h"
#include "http/framing.h"

#define HEADERS_MAX 3

struct example {
    const char *headers[HEADERS_MAX][2];
    int64_t length; /* when sound */
};

static const struct example sound[] = {
    {{{"Host", "x"}}, -1},
    {{{"Content-Length", "0"}}, 0},
    {{{"content-length", "12345"}, {"X-Other", "anything, at all"}}, 12345},
    {{{"Content-Length", "007"}}, 7},
    {{{"Content-Length", "9223372036854775807"}}, INT64_MAX},
    {{{"Content-Length", "9223372036854775808"}}, INT64_MAX},
    {{{"Content-Length", "99999999999999999999999999"}}, INT64_MAX},
    {{{"Transfer-Encoding", "chunked"}}, -1},
    {{{"TRANSFER-ENCODING", "Chunked"}}, -1},
    {{{"Content-Type", "x"}, {"Content-Language", "de"}}, -1},
};

static const struct example unsound[] = {
    {{{"Content-Length", "5"}, {"Content-Length", "5"}}, 0},
    {{{"Content-Length", "5"}, {"content-length", "6"}}, 0},
    {{{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}, 0},
    {{{"Transfer-Encoding", "chunked"}, {"Content-Length", "0"}}, 0},
    {{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, 0},
    {{{"Transfer-Encoding", "identity"}}, 0},
    {{{"Transfer-Encoding", "gzip, chunked"}}, 0},
    {{{"Transfer-Encoding", "chunked, chunked"}}, 0},
    {{{"Transfer-Encoding", " chunked"}}, 0},
    {{{"Transfer-Encoding", "chunked "}}, 0},
    {{{"Transfer-Encoding", "\vchunked"}}, 0},
    {{{"Transfer-Encoding", ""}}, 0},
    {{{"Content-Length", ""}}, 0},
    {{{"Content-Length", "-1"}}, 0},
    {{{"Content-Length", "+5"}}, 0},
    {{{"Content-Length", "0x5"}}, 0},
    {{{"Content-Length", "5a"}}, 0},
    {{{"Content-Length", " 5"}}, 0},
    {{{"Content-Length", "5, 5"}}, 0},
};

static struct framing look_at(const struct example *example)
{
    struct framing framing = {.content_length = -1};
    for (size_t i = 0; i < HEADERS_MAX && example->headers[i][0]; i++)
        framing_header(&framing, example->headers[i][0], example->headers[i][1]);
    return framing;
}

START_TEST(sound_framing_passes)
{
    struct framing framing = look_at(&sound[_i]);
    ck_assert_ptr_null(framing_problem(&framing));
    ck_assert_int_eq(framing.content_length, sound[_i].length);
}
END_TEST

START_TEST(framing_with_two_readings_is_refused)
{
    struct framing framing = look_at(&unsound[_i]);
    ck_assert_msg(framing_problem(&framing) != NULL, "%s: %s", unsound[_i].headers[0][0], unsound[_i].headers[0][1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("framing");
    TCase *tcase = tcase_create("framing");
    tcase_add_loop_test(tcase, sound_framing_passes, 0, (int)(sizeof sound / sizeof *sound));
    tcase_add_loop_test(tcase, framing_with_two_readings_is_refused, 0, (int)(sizeof unsound / sizeof *unsound));
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

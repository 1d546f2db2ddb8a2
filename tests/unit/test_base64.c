/* Base64: every length, and everything that RFC 4648 lets a strict reader refuse. */
#include <string.h>

#include "harness.h"
#include "predict/base64.h"

static const struct {
    const char *text, *bytes;
} vectors[] = {
    {"", ""},
    {"Zg==", "f"},
    {"Zm8=", "fo"},
    {"Zm9v", "foo"},
    {"Zm9vYg==", "foob"},
    {"Zm9vYmE=", "fooba"},
    {"Zm9vYmFy", "foobar"},
    {"+/+/", "\xfb\xff\xbf"},
};

START_TEST(the_vectors_of_the_rfc_decode)
{
    char text[32];
    size_t size = 99;
    strcpy(text, vectors[_i].text);
    ck_assert(base64_decode(text, strlen(text), &size));
    ck_assert_uint_eq(size, strlen(vectors[_i].bytes));
    ck_assert_mem_eq(text, vectors[_i].bytes, size);
}
END_TEST

static const char *const refused[] = {
    "Z",    "Zg",   "Zg=",  "=",     "==",       "===",      "====", "Z===",    "Zg==Zg==", "Zg=v",     "=g==",
    "Zh==", "Zm9=", "Zm9*", "Zm9\n", "Zm9v\r\n", "Zm 9vYm=", "-_-_", "Zm9\xff", "Zg==\n",   "Zg== ===",
};

START_TEST(what_is_not_canonical_is_refused)
{
    char text[32];
    size_t size;
    strcpy(text, refused[_i]);
    ck_assert_msg(!base64_decode(text, strlen(text), &size), "%s", refused[_i]);
}
END_TEST

START_TEST(every_byte_value_survives)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned value = 0; value < 1u << 24; value += 65521) {
        char text[4];
        size_t size;
        for (unsigned i = 0; i < 4; i++)
            text[i] = alphabet[value >> (18 - 6 * i) & 63];
        ck_assert(base64_decode(text, 4, &size));
        ck_assert_uint_eq(size, 3);
        unsigned back = (unsigned)(unsigned char)text[0] << 16 | (unsigned)(unsigned char)text[1] << 8 |
                        (unsigned)(unsigned char)text[2];
        ck_assert_uint_eq(back, value);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base64");
    TCase *tcase = tcase_create("base64");
    tcase_add_loop_test(tcase, the_vectors_of_the_rfc_decode, 0, (int)(sizeof vectors / sizeof *vectors));
    tcase_add_loop_test(tcase, what_is_not_canonical_is_refused, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(tcase, every_byte_value_survives);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

/* The multipart reader: what it takes, and that no body makes it read past its end. */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "predict/multipart.h"

#define PARTS_MAX 8

struct form {
    enum senet_code code;
    struct senet_error error;
    size_t count;
    struct multipart_part parts[PARTS_MAX];
    char *body; /* exactly as large as the text, and the reader's to write to */
};

/* Reads a whole body; a copy of its own size lets the address sanitizer see a byte too many. */
static void form_read(struct form *form, const char *content_type, const char *text, size_t size)
{
    struct multipart reader;
    memset(form, 0, sizeof *form);
    form->body = malloc(size ? size : 1);
    memcpy(form->body, text, size);
    form->code = multipart_open(&reader, content_type, form->body, size, &form->error);
    while (!form->code) {
        struct multipart_part part;
        form->code = multipart_next(&reader, &part, &form->error);
        if (form->code || !part.bytes)
            return;
        ck_assert(part.name != NULL);
        ck_assert(part.bytes >= form->body && part.bytes + part.size < form->body + size);
        ck_assert_int_eq(part.bytes[part.size], '\0');
        if (form->count < PARTS_MAX)
            form->parts[form->count++] = part;
    }
}

#define TYPE "multipart/form-data; boundary=XX"
#define READ(form, type, text) form_read((form), (type), (text), sizeof(text) - 1)

START_TEST(fields_and_files_are_read_in_order)
{
    struct form form;
    READ(&form, TYPE,
         "--XX\r\nContent-Disposition: form-data; name=\"top_k\"\r\n\r\n3\r\n"
         "--XX\r\ncontent-disposition:form-data;filename=cat.jpg;name=image\r\nContent-Type: image/jpeg\r\n\r\n"
         "\xff\xd8\0\r\n-\r\r\n--X\r\n--XX--\r\n");
    ck_assert_int_eq(form.code, SENET_OK);
    ck_assert_uint_eq(form.count, 2);
    ck_assert_str_eq(form.parts[0].name, "top_k");
    ck_assert_ptr_null(form.parts[0].filename);
    ck_assert_str_eq(form.parts[0].bytes, "3");
    ck_assert_str_eq(form.parts[1].name, "image");
    ck_assert_str_eq(form.parts[1].filename, "cat.jpg");
    ck_assert_uint_eq(form.parts[1].size, 12);
    ck_assert_mem_eq(form.parts[1].bytes, "\xff\xd8\0\r\n-\r\r\n--X", 12);
    free(form.body);
}
END_TEST

START_TEST(an_empty_file_has_no_bytes)
{
    struct form form;
    READ(&form, TYPE, "--XX\r\nContent-Disposition: form-data; name=a; filename=\"\"\r\n\r\n\r\n--XX--");
    ck_assert_int_eq(form.code, SENET_OK);
    ck_assert_uint_eq(form.count, 1);
    ck_assert_uint_eq(form.parts[0].size, 0);
    ck_assert_str_eq(form.parts[0].filename, "");
    free(form.body);
}
END_TEST

START_TEST(what_stands_before_and_after_the_parts_is_ignored)
{
    struct form form;
    READ(&form, TYPE,
         "a preamble --XX\r\n--XX \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--\r\nepilogue --XX");
    ck_assert_int_eq(form.code, SENET_OK);
    ck_assert_uint_eq(form.count, 1);
    ck_assert_str_eq(form.parts[0].bytes, "1");
    free(form.body);
}
END_TEST

static const struct {
    const char *disposition, *filename;
} quotings[] = {
    {"name=a; filename=\"two words.jpg\"", "two words.jpg"},
    {"name=a; filename=\"a\\\"b\\\"c\"", "a\"b\"c"},
    {"name=a; filename=\"C:\\photos\\cat.jpg\"", "C:\\photos\\cat.jpg"},
    {"name=a; filename=\"back\\\\slash\"", "back\\slash"},
    {"name=a; filename=\"semi;colon=x\"", "semi;colon=x"},
    {"name=a ;  filename=plain", "plain"},
    {"name=a; filename=\"\\\"\"", "\""},
};

START_TEST(a_quoted_name_is_unquoted)
{
    char text[256];
    struct form form;
    int size = snprintf(text, sizeof text, "--XX\r\nContent-Disposition: form-data; %s\r\n\r\nx\r\n--XX--",
                        quotings[_i].disposition);
    form_read(&form, TYPE, text, (size_t)size);
    ck_assert_msg(!form.code, "%s: %s", quotings[_i].disposition, form.error.message);
    ck_assert_str_eq(form.parts[0].filename, quotings[_i].filename);
    free(form.body);
}
END_TEST

static const char *const good_types[] = {
    "multipart/form-data; boundary=XX",
    "multipart/form-data;boundary=\"XX\"",
    "Multipart/Form-Data; charset=utf-8; Boundary=XX",
    "multipart/form-data; boundary=XX; charset=utf-8",
    "multipart/form-data; boundary=XX;",
};

START_TEST(a_boundary_is_found_among_other_parameters)
{
    struct form form;
    READ(&form, good_types[_i], "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--");
    ck_assert_msg(!form.code, "%s: %s", good_types[_i], form.error.message);
    ck_assert_uint_eq(form.count, 1);
    free(form.body);
}
END_TEST

static const char *const bad_types[] = {
    "multipart/form-data",
    "multipart/form-data;",
    "multipart/form-data; boundary",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=\"XX",
    "multipart/form-data; boundary=\"XX\"y",
    "multipart/form-data; boundary=XX; boundary=XX",
    "multipart/form-data; boundary=X\tX",
    "multipart/form-data; boundary=\"XX \"",
    "multipart/form-data; boundary=X\xc3\xa9",
    "multipart/form-data; boundary=\"X\\\"X\"",
    "multipart/form-data; =XX",
    "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789X",
};

START_TEST(a_content_type_without_a_usable_boundary_is_refused)
{
    struct form form;
    READ(&form, bad_types[_i], "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--");
    ck_assert_msg(form.code == SENET_INVALID_ARGUMENT, "%s", bad_types[_i]);
    free(form.body);
}
END_TEST

START_TEST(a_content_type_of_any_length_is_safe)
{
    char type[2048] = "multipart/form-data; boundary=";
    for (size_t length = strlen(type); length < sizeof type - 1; length++) {
        struct form form;
        type[length] = 'b';
        type[length + 1] = '\0';
        READ(&form, type, "--b");
        ck_assert_int_eq(form.code, SENET_INVALID_ARGUMENT);
        free(form.body);
    }
}
END_TEST

static const char *const bad_bodies[] = {
    "",
    "--XX",
    "--XX\r",
    "--XXX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--",
    "--XX\nContent-Disposition: form-data; name=a\n\n1\n--XX--",
    "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X",
    "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1--XX--",
    "--XX\r\nContent-Disposition: form-data; name=a\r\n--XX--",
    "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--",
    "--XX\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Type: image/png\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Disposition: form-data; name\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Disposition: form-data; name=\"a\\\"\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--XX--",
    "--XX\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n1\r\n--XX--",
    "--XX\r\n: form-data; name=a\r\n\r\n1\r\n--XX--",
    "--XX\r\nno colon\r\n\r\n1\r\n--XX--",
};

START_TEST(a_broken_body_is_refused)
{
    struct form form;
    form_read(&form, TYPE, bad_bodies[_i], strlen(bad_bodies[_i]));
    ck_assert_msg(form.code == SENET_INVALID_ARGUMENT, "%s", bad_bodies[_i]);
    ck_assert_msg(!strncmp(form.error.message, "multipart/form-data: ", 21), "%s", form.error.message);
    free(form.body);
}
END_TEST

START_TEST(a_header_with_a_nul_is_refused)
{
    struct form form;
    READ(&form, TYPE, "--XX\r\nContent-Disposition: form-data; name=a\0b\r\n\r\n1\r\n--XX--");
    ck_assert_int_eq(form.code, SENET_INVALID_ARGUMENT);
    free(form.body);
}
END_TEST

static const char sample[] = "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\\\"y\"\r\n"
                             "Content-Type: image/png\r\n\r\n\r\r\n--X\r\n\r\n--XX\r\n"
                             "Content-Disposition: form-data; name=b\r\n\r\n2\r\n--XX--\r\n";

START_TEST(a_body_cut_at_any_byte_is_refused_or_complete)
{
    size_t whole = strlen(sample) - strlen("\r\n");
    for (size_t size = 0; size <= strlen(sample); size++) {
        struct form form;
        form_read(&form, TYPE, sample, size);
        ck_assert_msg((form.code == SENET_OK) == (size >= whole), "cut at byte %zu: %d", size, form.code);
        free(form.body);
    }
}
END_TEST

/* Every byte replaced by those that mean something: whatever comes of it, it stays within the body. */
START_TEST(no_changed_byte_leads_out_of_the_body)
{
    static const char bytes[] = "\r\n-X\"\\;:= \0\xff";
    char text[sizeof sample];
    for (size_t at = 0; at < strlen(sample); at++)
        for (size_t b = 0; b < sizeof bytes - 1; b++) {
            struct form form;
            memcpy(text, sample, sizeof sample);
            text[at] = bytes[b];
            form_read(&form, TYPE, text, strlen(sample));
            free(form.body);
        }
}
END_TEST

START_TEST(a_large_part_full_of_line_ends_is_read_whole)
{
    static const char head[] = "--XX\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n";
    static const char tail[] = "\r\n--XX--";
    size_t content = (size_t)1 << 20, size = sizeof head - 1 + content + sizeof tail - 1;
    char *text = malloc(size);
    memcpy(text, head, sizeof head - 1);
    for (size_t i = 0; i < content; i++)
        text[sizeof head - 1 + i] = "\r\n--X\r"[i % 6];
    memcpy(text + size - (sizeof tail - 1), tail, sizeof tail - 1);
    struct form form;
    form_read(&form, TYPE, text, size);
    ck_assert_int_eq(form.code, SENET_OK);
    ck_assert_uint_eq(form.parts[0].size, content);
    free(form.body);
    free(text);
}
END_TEST

START_TEST(ten_thousand_parts_are_read)
{
    static const char part[] = "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
    size_t count = 10000, size = count * (sizeof part - 1) + 6;
    char *text = malloc(size);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * (sizeof part - 1), part, sizeof part - 1);
    memcpy(text + size - 6, "--XX--", 6);
    struct multipart reader;
    struct multipart_part got;
    struct senet_error error;
    ck_assert_int_eq(multipart_open(&reader, TYPE, text, size, &error), SENET_OK);
    size_t seen = 0;
    while (!multipart_next(&reader, &got, &error) && got.bytes)
        seen++;
    ck_assert_uint_eq(seen, count);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multipart");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, fields_and_files_are_read_in_order);
    tcase_add_test(reading, an_empty_file_has_no_bytes);
    tcase_add_test(reading, what_stands_before_and_after_the_parts_is_ignored);
    tcase_add_loop_test(reading, a_quoted_name_is_unquoted, 0, (int)(sizeof quotings / sizeof *quotings));
    tcase_add_loop_test(reading, a_boundary_is_found_among_other_parameters, 0,
                        (int)(sizeof good_types / sizeof *good_types));
    tcase_add_test(reading, a_large_part_full_of_line_ends_is_read_whole);
    tcase_add_test(reading, ten_thousand_parts_are_read);
    suite_add_tcase(suite, reading);
    TCase *refusing = tcase_create("refusing");
    tcase_set_timeout(refusing, 60);
    tcase_add_loop_test(refusing, a_content_type_without_a_usable_boundary_is_refused, 0,
                        (int)(sizeof bad_types / sizeof *bad_types));
    tcase_add_test(refusing, a_content_type_of_any_length_is_safe);
    tcase_add_loop_test(refusing, a_broken_body_is_refused, 0, (int)(sizeof bad_bodies / sizeof *bad_bodies));
    tcase_add_test(refusing, a_header_with_a_nul_is_refused);
    tcase_add_test(refusing, a_body_cut_at_any_byte_is_refused_or_complete);
    tcase_add_test(refusing, no_changed_byte_leads_out_of_the_body);
    suite_add_tcase(suite, refusing);
    return harness_run(suite);
}

/* The listening socket, the port file, and how many cores there are. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "http/listener.h"

START_TEST(port_0_becomes_a_port)
{
    struct listener listener = {.fd = -1}, second = {.fd = -1};
    char message[256], address[64];
    ck_assert_msg(listener_open(&listener, "127.0.0.1:0", message, sizeof message), "%s", message);
    ck_assert_int_gt(listener.port, 0);
    snprintf(address, sizeof address, "127.0.0.1:%d", listener.port);
    ck_assert(!listener_open(&second, address, message, sizeof message));
    ck_assert(strstr(message, address) != NULL);
    ck_assert_int_eq(second.fd, -1);
    listener_close(&listener);
    listener_close(&listener);
    ck_assert_msg(listener_open(&second, address, message, sizeof message), "%s", message);
    listener_close(&second);
}
END_TEST

static const struct {
    const char *address, *url;
} urls[] = {
    {"127.0.0.1:0", "http://127.0.0.1:80"}, {":0", "http://localhost:80"},
    {"0.0.0.0:0", "http://localhost:80"},   {"[::]:0", "http://localhost:80"},
    {"[::1]:8080", "http://[::1]:80"},      {"host.example:1", "http://host.example:80"},
};

START_TEST(a_url_is_one_that_a_client_can_use)
{
    struct listener listener = {.fd = -1, .port = 80};
    char url[320];
    strcpy(listener.address, urls[_i].address);
    listener_url(&listener, "http", url, sizeof url);
    ck_assert_str_eq(url, urls[_i].url);
}
END_TEST

START_TEST(the_port_file_is_replaced_whole)
{
    char folder[] = "/tmp/test_listener.XXXXXX", path[64], message[256], text[16] = "";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/port", folder);
    ck_assert(port_file_write(path, 65535, message, sizeof message));
    ck_assert(port_file_write(path, 80, message, sizeof message));
    FILE *stream = fopen(path, "r");
    ck_assert_ptr_nonnull(stream);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, stream));
    fclose(stream);
    ck_assert_str_eq(text, "80\n");
    remove(path);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing temporary is left */
    ck_assert(!port_file_write(path, 80, message, sizeof message));
    ck_assert(!strncmp(message, "port_file: ", 11));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("listener");
    TCase *tcase = tcase_create("listener");
    tcase_add_test(tcase, port_0_becomes_a_port);
    tcase_add_loop_test(tcase, a_url_is_one_that_a_client_can_use, 0, (int)(sizeof urls / sizeof *urls));
    tcase_add_test(tcase, the_port_file_is_replaced_whole);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

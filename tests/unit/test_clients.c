/* Connections counted by client. */
#include <arpa/inet.h>

#include "harness.h"
#include "http/clients.h"

#define CLIENTS 500

START_TEST(each_client_is_counted_alone)
{
    struct clients clients;
    size_t expected[CLIENTS] = {0};
    uint32_t state = 7;
    ck_assert(clients_init(&clients, CLIENTS));
    for (int i = 0; i < 100000; i++) {
        size_t which = (size_t)((harness_random(&state) + 1) * 0.4999f * CLIENTS);
        bool more = !expected[which] || harness_random(&state) > 0.2f;
        uint64_t client = (uint64_t)which << 32; /* networks of IPv6 differ in their upper bits */
        if (more && expected[which] == 0)
            ck_assert_uint_eq(clients_count(&clients, client), 0);
        expected[which] += more ? 1 : (size_t)-1;
        ck_assert_uint_eq(more ? clients_add(&clients, client) : clients_remove(&clients, client), expected[which]);
    }
    for (size_t which = 0; which < CLIENTS; which++)
        ck_assert_uint_eq(clients_count(&clients, (uint64_t)which << 32), expected[which]);
    clients_release(&clients);
}
END_TEST

static uint64_t client_of(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return client_of_address((struct sockaddr *)&four);
    ck_assert_int_eq(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return client_of_address((struct sockaddr *)&six);
}

static const struct {
    const char *one, *other;
    bool same;
} pairs[] = {
    {"10.0.0.1", "10.0.0.1", true},
    {"10.0.0.1", "10.0.0.2", false},
    {"10.0.0.1", "::ffff:10.0.0.1", true},
    {"2001:db8:1:2:3::4", "2001:db8:1:2:ffff::1", true},
    {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
    {"::ffff:10.0.0.1", "::ffff:10.0.0.2", false},
    {"::1", "127.0.0.1", false},
};

START_TEST(a_client_is_an_address_or_a_network)
{
    ck_assert_int_eq(client_of(pairs[_i].one) == client_of(pairs[_i].other), pairs[_i].same);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clients");
    TCase *tcase = tcase_create("clients");
    tcase_add_test(tcase, each_client_is_counted_alone);
    tcase_add_loop_test(tcase, a_client_is_an_address_or_a_network, 0, (int)(sizeof pairs / sizeof *pairs));
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

/* A certificate and its key from files: what is taken, what is refused and in which words, and how long it lives. */
#include "tls/handshakes.h"
#include "tls/identity.h"
#include "tls_files.h"

static struct folder folder;
static char certificate[80], key[80], message[512];

static void make_files(void)
{
    gnutls_x509_privkey_t ours = generate_key(), others = generate_key();
    folder_init(&folder);
    write_certificate(&folder, "good.pem", ours);
    write_key(&folder, "good.key", ours, NULL);
    write_key(&folder, "other.key", others, NULL);
    write_key(&folder, "locked.key", ours, "password");
    folder_write_text(&folder, "empty", "");
    folder_write_text(&folder, "nonsense", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
    gnutls_x509_privkey_deinit(ours);
    gnutls_x509_privkey_deinit(others);
    snprintf(certificate, sizeof certificate, "%s/good.pem", folder.path);
    snprintf(key, sizeof key, "%s/good.key", folder.path);
}

static void remove_files(void)
{
    folder_release(&folder);
}

START_TEST(a_certificate_and_its_key_are_read)
{
    chmod(key, 0600);
    struct identity *identity = identity_read(certificate, key, message, sizeof message);
    ck_assert_msg(identity != NULL, "%s", message);
    ck_assert_int_eq(identity_begins(identity), 1000000000);
    ck_assert_int_eq(identity_ends(identity), 2000000000);
    ck_assert(!identity_exposed(identity));
    identity_release(identity);
    chmod(key, 0644);
    identity = identity_read(certificate, key, message, sizeof message);
    ck_assert(identity_exposed(identity));
    identity_release(identity);
}
END_TEST

START_TEST(who_holds_it_keeps_it)
{
    struct identity *identity = identity_hold(identity_read(certificate, key, message, sizeof message));
    identity_release(identity);
    gnutls_session_t session = identity_session(identity);
    ck_assert_ptr_nonnull(session);
    gnutls_deinit(session);
    identity_release(identity);
    identity_release(NULL);
}
END_TEST

static const struct {
    const char *certificate, *key, *begins, *ends;
} refusals[] = {
    {"missing", "good.key", "tls_certificate: ", "/missing: No such file or directory"},
    {"good.pem", "missing", "tls_key: ", "/missing: No such file or directory"},
    {"empty", "good.key", "tls_certificate: ", "/empty: there is no chain of PEM certificates in it"},
    {"nonsense", "good.key", "tls_certificate: ", "/nonsense: there is no chain of PEM certificates in it"},
    {"good.key", "good.key", "tls_certificate: ", "/good.key: there is no chain of PEM certificates in it"},
    {"good.pem", "empty", "tls_key: ", "/empty: there is no PEM private key in it"},
    {"good.pem", "good.pem", "tls_key: ", "/good.pem: there is no PEM private key in it"},
    {"good.pem", "other.key", "tls_key: ", "/other.key: it is not the key of the certificate"},
    {"good.pem", "locked.key", "tls_key: ", "/locked.key: the key is encrypted, and nobody is asked for a password"},
    {"good.pem", ".", "tls_key: ", "/.: Is a directory"},
};

START_TEST(what_is_wrong_is_said_of_the_file)
{
    char wrong_certificate[160], wrong_key[160];
    snprintf(wrong_certificate, sizeof wrong_certificate, "%s/%s", folder.path, refusals[_i].certificate);
    snprintf(wrong_key, sizeof wrong_key, "%s/%s", folder.path, refusals[_i].key);
    ck_assert_ptr_null(identity_read(wrong_certificate, wrong_key, message, sizeof message));
    size_t length = strlen(message), end = strlen(refusals[_i].ends);
    ck_assert_msg(!strncmp(message, refusals[_i].begins, strlen(refusals[_i].begins)), "%s", message);
    ck_assert_msg(length > end && !strcmp(message + length - end, refusals[_i].ends), "%s", message);
}
END_TEST

START_TEST(every_failure_has_a_reason)
{
    ck_assert_str_eq(handshake_reason_name(handshake_reason(0)), "timeout");
    ck_assert_str_eq(handshake_reason_name(handshake_reason(GNUTLS_E_PREMATURE_TERMINATION)), "closed");
    ck_assert_str_eq(handshake_reason_name(handshake_reason(GNUTLS_E_UNEXPECTED_PACKET)), "malformed");
    for (int reason = 0; reason < HANDSHAKE_REASONS; reason++)
        ck_assert_ptr_nonnull(handshake_reason_name((enum handshake_reason)reason));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tls_identity");
    TCase *cases = tcase_create("tls_identity");
    tcase_add_unchecked_fixture(cases, make_files, remove_files);
    tcase_add_test(cases, a_certificate_and_its_key_are_read);
    tcase_add_test(cases, who_holds_it_keeps_it);
    tcase_add_loop_test(cases, what_is_wrong_is_said_of_the_file, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(cases, every_failure_has_a_reason);
    suite_add_tcase(suite, cases);
    return harness_run(suite);
}

/* Keys, and certificates that they vouch for themselves, for tests of TLS. */
#ifndef SENET_TESTS_TLS_FILES_H
#define SENET_TESTS_TLS_FILES_H

#include <gnutls/x509.h>

#include "files.h"

static inline gnutls_x509_privkey_t generate_key(void)
{
    gnutls_x509_privkey_t made;
    ck_assert_int_eq(gnutls_x509_privkey_init(&made), 0);
    ck_assert_int_eq(
        gnutls_x509_privkey_generate(made, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
    return made;
}

static inline void write_certificate(struct folder *folder, const char *name, gnutls_x509_privkey_t of)
{
    gnutls_x509_crt_t made;
    gnutls_datum_t text;
    ck_assert_int_eq(gnutls_x509_crt_init(&made), 0);
    gnutls_x509_crt_set_version(made, 3);
    gnutls_x509_crt_set_serial(made, "\1", 1);
    gnutls_x509_crt_set_activation_time(made, 1000000000);
    gnutls_x509_crt_set_expiration_time(made, 2000000000);
    gnutls_x509_crt_set_dn(made, "CN=test", NULL);
    ck_assert_int_eq(gnutls_x509_crt_set_key(made, of), 0);
    ck_assert_int_eq(gnutls_x509_crt_sign2(made, made, of, GNUTLS_DIG_SHA256, 0), 0);
    ck_assert_int_eq(gnutls_x509_crt_export2(made, GNUTLS_X509_FMT_PEM, &text), 0);
    folder_write(folder, name, text.data, text.size);
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(made);
}

/* NULL: without a password. */
static inline void write_key(struct folder *folder, const char *name, gnutls_x509_privkey_t of, const char *password)
{
    gnutls_datum_t text;
    ck_assert_int_eq(gnutls_x509_privkey_export2_pkcs8(of, GNUTLS_X509_FMT_PEM, password,
                                                       password ? GNUTLS_PKCS_PBES2_AES_256 : GNUTLS_PKCS_PLAIN, &text),
                     0);
    folder_write(folder, name, text.data, text.size);
    gnutls_free(text.data);
}

#endif

#include "tls/identity.h"

#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "secret_file.h"

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-SHA1:%SERVER_PRECEDENCE"

struct identity {
    atomic_uint references;
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priorities;
    gnutls_datum_t ticket_key;
    time_t begins, ends;
    bool exposed;
};

struct chain {
    gnutls_x509_crt_t *certificates; /* owned */
    unsigned count;
};

struct places {
    const char *certificate, *key;
    char *message;
    size_t message_size;
};

/* Always false, so that a failing check is one statement. */
static bool fail(const struct places *places, const char *option, const char *path, const char *problem)
{
    snprintf(places->message, places->message_size, "%s: %s: %s", option, path, problem);
    return false;
}

static void chain_release(struct chain *chain)
{
    for (unsigned i = 0; i < chain->count; i++)
        gnutls_x509_crt_deinit(chain->certificates[i]);
    gnutls_free(chain->certificates);
    *chain = (struct chain){0};
}

static gnutls_datum_t datum_of(const struct secret_file *file)
{
    return (gnutls_datum_t){(unsigned char *)file->bytes, (unsigned)file->size};
}

/* What is wrong with a PEM file, whatever it is a file of. */
static const char *problem_of(int error, const char *otherwise)
{
    return error == GNUTLS_E_MEMORY_ERROR ? "out of memory" : otherwise;
}

static bool read_chain(const struct places *places, struct chain *chain)
{
    char problem[512];
    struct secret_file file; /* it is none, but what is done with it is the same */
    if (!secret_file_read(&file, places->certificate, problem, sizeof problem)) {
        snprintf(places->message, places->message_size, "tls_certificate: %s", problem);
        return false;
    }
    gnutls_datum_t datum = datum_of(&file);
    int error = gnutls_x509_crt_list_import2(&chain->certificates, &chain->count, &datum, GNUTLS_X509_FMT_PEM,
                                             GNUTLS_X509_CRT_LIST_SORT);
    secret_file_release(&file);
    return error >= 0 || fail(places, "tls_certificate", places->certificate,
                              problem_of(error, "there is no chain of PEM certificates in it"));
}

static bool import_key(const struct places *places, gnutls_x509_privkey_t key, const struct secret_file *file)
{
    gnutls_datum_t datum = datum_of(file);
    int error = gnutls_x509_privkey_import2(key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (error == GNUTLS_E_DECRYPTION_FAILED)
        return fail(places, "tls_key", places->key, "the key is encrypted, and nobody is asked for a password");
    return error >= 0 || fail(places, "tls_key", places->key, problem_of(error, "there is no PEM private key in it"));
}

static bool set_key(struct identity *identity, const struct places *places, const struct chain *chain,
                    const struct secret_file *file)
{
    gnutls_x509_privkey_t key;
    if (gnutls_x509_privkey_init(&key) < 0)
        return fail(places, "tls_key", places->key, "out of memory");
    bool good = import_key(places, key, file);
    if (good) {
        int error = gnutls_certificate_set_x509_key(identity->credentials, chain->certificates, (int)chain->count, key);
        good =
            error >= 0 || fail(places, "tls_key", places->key,
                               error == GNUTLS_E_CERTIFICATE_KEY_MISMATCH ? "it is not the key of the certificate"
                                                                          : problem_of(error, "it is no key for TLS"));
    }
    gnutls_x509_privkey_deinit(key);
    return good;
}

static bool read_key(struct identity *identity, const struct places *places, const struct chain *chain)
{
    char problem[512];
    struct secret_file file;
    if (!secret_file_read(&file, places->key, problem, sizeof problem)) {
        snprintf(places->message, places->message_size, "tls_key: %s", problem);
        return false;
    }
    identity->exposed = file.exposed;
    bool good = set_key(identity, places, chain, &file);
    secret_file_release(&file);
    return good;
}

static bool prepare(struct identity *identity, const struct places *places)
{
    if (gnutls_certificate_allocate_credentials(&identity->credentials) >= 0 &&
        gnutls_priority_init(&identity->priorities, PRIORITIES, NULL) >= 0 &&
        gnutls_session_ticket_key_generate(&identity->ticket_key) >= 0)
        return true;
    return fail(places, "tls_certificate", places->certificate, "out of memory");
}

static bool read_both(struct identity *identity, const struct places *places)
{
    struct chain chain = {0};
    bool good = prepare(identity, places) && read_chain(places, &chain) && read_key(identity, places, &chain);
    if (good) {
        identity->begins = gnutls_x509_crt_get_activation_time(chain.certificates[0]);
        identity->ends = gnutls_x509_crt_get_expiration_time(chain.certificates[0]);
    }
    chain_release(&chain);
    return good;
}

struct identity *identity_read(const char *certificate, const char *key, char *message, size_t message_size)
{
    const struct places places = {certificate, key, message, message_size};
    struct identity *identity = calloc(1, sizeof *identity);
    if (!identity) {
        fail(&places, "tls_certificate", certificate, "out of memory");
        return NULL;
    }
    atomic_init(&identity->references, 1);
    if (read_both(identity, &places))
        return identity;
    identity_release(identity);
    return NULL;
}

struct identity *identity_hold(struct identity *identity)
{
    atomic_fetch_add(&identity->references, 1);
    return identity;
}

void identity_release(struct identity *identity)
{
    if (!identity || atomic_fetch_sub(&identity->references, 1) > 1)
        return;
    if (identity->credentials)
        gnutls_certificate_free_credentials(identity->credentials);
    if (identity->priorities)
        gnutls_priority_deinit(identity->priorities);
    if (identity->ticket_key.data)
        gnutls_memset(identity->ticket_key.data, 0, identity->ticket_key.size);
    gnutls_free(identity->ticket_key.data);
    free(identity);
}

gnutls_session_t identity_session(const struct identity *identity)
{
    static unsigned char names[] = "http/1.1http/1.0"; /* GnuTLS copies them, but its type is not const */
    static const gnutls_datum_t protocols[] = {{names, 8}, {names + 8, 8}};
    gnutls_session_t session;
    if (gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
        return NULL;
    if (gnutls_priority_set(session, identity->priorities) >= 0 &&
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, identity->credentials) >= 0 &&
        gnutls_session_ticket_enable_server(session, &identity->ticket_key) >= 0 &&
        gnutls_alpn_set_protocols(session, protocols, 2, GNUTLS_ALPN_MANDATORY) >= 0) {
        gnutls_handshake_set_timeout(session, GNUTLS_INDEFINITE_TIMEOUT); /* connections_sweep is who ends it */
        return session;
    }
    gnutls_deinit(session);
    return NULL;
}

time_t identity_begins(const struct identity *identity)
{
    return identity->begins;
}

time_t identity_ends(const struct identity *identity)
{
    return identity->ends;
}

bool identity_exposed(const struct identity *identity)
{
    return identity->exposed;
}

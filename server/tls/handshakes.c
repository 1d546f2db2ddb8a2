#include "tls/handshakes.h"

#include <gnutls/gnutls.h>

static const char *const names[HANDSHAKE_REASONS] = {
    [HANDSHAKE_TIMEOUT] = "timeout",   [HANDSHAKE_CLOSED] = "closed",         [HANDSHAKE_REJECTED] = "rejected",
    [HANDSHAKE_VERSION] = "version",   [HANDSHAKE_PARAMETERS] = "parameters", [HANDSHAKE_MALFORMED] = "malformed",
    [HANDSHAKE_INTERNAL] = "internal",
};

/* All others are malformed: what a client sends is behind them. */
static const struct {
    int error;
    enum handshake_reason reason;
} reasons[] = {
    {0, HANDSHAKE_TIMEOUT},
    {GNUTLS_E_PREMATURE_TERMINATION, HANDSHAKE_CLOSED},
    {GNUTLS_E_PULL_ERROR, HANDSHAKE_CLOSED},
    {GNUTLS_E_PUSH_ERROR, HANDSHAKE_CLOSED},
    {GNUTLS_E_FATAL_ALERT_RECEIVED, HANDSHAKE_REJECTED},
    /* In TLS 1.3 OpenSSL says in the clear that it does not trust a certificate, and GnuTLS cannot read that. */
    {GNUTLS_E_DECRYPTION_FAILED, HANDSHAKE_REJECTED},
    {GNUTLS_E_UNSUPPORTED_VERSION_PACKET, HANDSHAKE_VERSION},
    {GNUTLS_E_INAPPROPRIATE_FALLBACK, HANDSHAKE_VERSION},
    {GNUTLS_E_NO_CIPHER_SUITES, HANDSHAKE_PARAMETERS},
    {GNUTLS_E_NO_COMMON_KEY_SHARE, HANDSHAKE_PARAMETERS},
    {GNUTLS_E_NO_APPLICATION_PROTOCOL, HANDSHAKE_PARAMETERS},
    {GNUTLS_E_INSUFFICIENT_SECURITY, HANDSHAKE_PARAMETERS},
    {GNUTLS_E_INCOMPATIBLE_SIG_WITH_KEY, HANDSHAKE_PARAMETERS},
    {GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM, HANDSHAKE_PARAMETERS},
    {GNUTLS_E_MEMORY_ERROR, HANDSHAKE_INTERNAL},
    {GNUTLS_E_RANDOM_FAILED, HANDSHAKE_INTERNAL},
    {GNUTLS_E_INTERNAL_ERROR, HANDSHAKE_INTERNAL},
};

enum handshake_reason handshake_reason(int error)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].error == error)
            return reasons[i].reason;
    return HANDSHAKE_MALFORMED;
}

const char *handshake_reason_name(enum handshake_reason reason)
{
    return names[reason];
}

void handshakes_write_metrics(const struct handshakes *handshakes, struct senet_buffer *text)
{
    static const char name[] = "senetd_tls_handshake_failures_total";
    senet_buffer_printf(text, "# HELP %s TLS handshakes that came to nothing, by reason.\n# TYPE %s counter\n", name,
                        name);
    for (size_t i = 0; i < HANDSHAKE_REASONS; i++)
        senet_buffer_printf(text, "%s{reason=\"%s\"} %llu\n", name, names[i],
                            (unsigned long long)atomic_load(&handshakes->failed[i]));
}

#include "tls/tls.h"

#include <gnutls/gnutls.h>
#include <stdio.h>
#include <time.h>

#include "log.h"
#include "options/options.h"
#include "tls/identity.h"

static bool is_wanted(const struct options *options)
{
    return *options->tls_certificate;
}

const char *tls_library_version(void)
{
    return gnutls_check_version(NULL);
}

bool tls_check(const struct options *options, char *message, size_t message_size)
{
    if (!is_wanted(options))
        return true;
    struct identity *identity = identity_read(options->tls_certificate, options->tls_key, message, message_size);
    identity_release(identity);
    return identity != NULL;
}

static const char *problem_now(const struct identity *identity)
{
    time_t now = time(NULL);
    return now < identity_begins(identity) ? "it is not valid yet"
           : now > identity_ends(identity) ? "it is out of date"
                                           : NULL;
}

static void log_identity(const struct tls *tls, const struct identity *identity)
{
    char ends[32] = "never";
    struct tm utc;
    time_t end = identity_ends(identity);
    if (gmtime_r(&end, &utc))
        strftime(ends, sizeof ends, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const char *problem = problem_now(identity);
    log_write(problem ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "certificate", log_text("file", tls->certificate),
              log_text("valid_until", ends), log_text("problem", problem));
    if (identity_exposed(identity))
        log_write(LOG_LEVEL_WARNING, "key_exposed", log_text("file", tls->key),
                  log_text("problem", "others can read it, or its group write it: chmod 640"));
}

bool tls_open(struct tls *tls, const struct options *options, char *message, size_t message_size)
{
    *tls = (struct tls){.certificate = options->tls_certificate, .key = options->tls_key};
    tls->ready = !pthread_mutex_init(&tls->lock, NULL);
    if (!tls->ready) {
        snprintf(message, message_size, "out of memory");
        return false;
    }
    if (!is_wanted(options))
        return true;
    tls->identity = identity_read(tls->certificate, tls->key, message, message_size);
    if (tls->identity)
        log_identity(tls, tls->identity);
    return tls->identity != NULL;
}

void tls_release(struct tls *tls)
{
    if (!tls->ready)
        return;
    identity_release(tls->identity);
    pthread_mutex_destroy(&tls->lock);
    *tls = (struct tls){0};
}

bool tls_is_on(const struct tls *tls)
{
    return *tls->certificate;
}

void tls_reload(struct tls *tls)
{
    if (!tls_is_on(tls))
        return;
    char message[600];
    struct identity *identity = identity_read(tls->certificate, tls->key, message, sizeof message);
    if (!identity) {
        log_write(LOG_LEVEL_ERROR, "certificate_not_reloaded", log_text("problem", message));
        return;
    }
    pthread_mutex_lock(&tls->lock);
    struct identity *before = tls->identity;
    tls->identity = identity;
    pthread_mutex_unlock(&tls->lock);
    log_identity(tls, identity);
    identity_release(before);
}

struct identity *tls_identity(struct tls *tls)
{
    pthread_mutex_lock(&tls->lock);
    struct identity *identity = identity_hold(tls->identity);
    pthread_mutex_unlock(&tls->lock);
    return identity;
}

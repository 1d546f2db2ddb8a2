#include "access/access.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "options/options.h"

#define KIND(kind) (1u << (kind))
#define EVERY_KIND (KIND(TOKEN_INFERENCE) | KIND(TOKEN_ADMINISTRATION))

/* Which tokens open the class, and which token files close it to those who have none. */
static const struct {
    unsigned opened_by, closed_by;
} classes[ACCESS_CLASSES] = {
    [ACCESS_NOBODY] = {0, 0},
    [ACCESS_PUBLIC] = {EVERY_KIND, 0},
    [ACCESS_INFERENCE] = {KIND(TOKEN_INFERENCE), KIND(TOKEN_INFERENCE)},
    [ACCESS_ADMINISTRATION] = {KIND(TOKEN_ADMINISTRATION), EVERY_KIND},
    [ACCESS_OBSERVATION] = {EVERY_KIND, EVERY_KIND},
};

static const char *const option_names[TOKEN_KINDS] = {"auth_token_file", "admin_token_file"};

static void release_all(struct tokens tokens[TOKEN_KINDS])
{
    for (size_t i = 0; i < TOKEN_KINDS; i++)
        tokens_release(&tokens[i]);
}

static bool read_all(const struct access *access, struct tokens tokens[TOKEN_KINDS], char *message, size_t message_size)
{
    for (size_t i = 0; i < TOKEN_KINDS; i++) {
        char problem[512];
        if (!*access->paths[i] || tokens_read(&tokens[i], access->paths[i], problem, sizeof problem))
            continue;
        snprintf(message, message_size, "%s: %s", option_names[i], problem);
        release_all(tokens);
        return false;
    }
    return true;
}

static void log_tokens(const struct access *access, const struct tokens tokens[TOKEN_KINDS])
{
    for (size_t i = 0; i < TOKEN_KINDS; i++) {
        if (!*access->paths[i])
            continue;
        log_write(LOG_LEVEL_INFO, "tokens", log_text("option", option_names[i]),
                  log_int("count", (int64_t)tokens[i].count));
        if (tokens[i].exposed)
            log_write(LOG_LEVEL_WARNING, "tokens_exposed", log_text("file", access->paths[i]),
                      log_text("problem", "others can read it, or its group write it: chmod 640"));
    }
}

bool access_open(struct access *access, const struct options *options, char *message, size_t message_size)
{
    *access = (struct access){.paths = {options->auth_token_file, options->admin_token_file}};
    access->ready = !pthread_mutex_init(&access->lock, NULL);
    if (!access->ready) {
        snprintf(message, message_size, "out of memory");
        return false;
    }
    if (!read_all(access, access->tokens, message, message_size))
        return false;
    log_tokens(access, access->tokens);
    return true;
}

void access_release(struct access *access)
{
    if (!access->ready)
        return;
    release_all(access->tokens);
    pthread_mutex_destroy(&access->lock);
    *access = (struct access){0};
}

void access_reload(struct access *access)
{
    struct tokens read[TOKEN_KINDS] = {{0}}, before[TOKEN_KINDS];
    char message[600];
    if (!read_all(access, read, message, sizeof message)) {
        log_write(LOG_LEVEL_ERROR, "tokens_not_reloaded", log_text("problem", message));
        return;
    }
    pthread_mutex_lock(&access->lock);
    memcpy(before, access->tokens, sizeof before);
    memcpy(access->tokens, read, sizeof read);
    pthread_mutex_unlock(&access->lock);
    release_all(before);
    log_tokens(access, read);
}

void credentials_read(struct credentials *credentials, struct access *access, const char *value)
{
    static const char scheme[] = "Bearer ";
    credentials->kinds = 0; /* of two headers neither counts */
    if (credentials->given++ || strncasecmp(value, scheme, sizeof scheme - 1) != 0)
        return;
    const char *token = value + strspn(value + sizeof scheme - 1, " ") + sizeof scheme - 1;
    pthread_mutex_lock(&access->lock);
    for (unsigned i = 0; i < TOKEN_KINDS; i++)
        if (tokens_have(&access->tokens[i], token, strlen(token)))
            credentials->kinds |= KIND(i);
    pthread_mutex_unlock(&access->lock);
}

enum access_verdict access_verdict(const struct access *access, enum access_class access_class,
                                   const struct credentials *credentials)
{
    unsigned files = 0, opened_by = classes[access_class].opened_by;
    for (unsigned i = 0; i < TOKEN_KINDS; i++)
        files |= *access->paths[i] ? KIND(i) : 0;
    if (opened_by && !(classes[access_class].closed_by & files))
        return ACCESS_GRANTED;
    if (!(opened_by & files))
        return ACCESS_CLOSED;
    if (!credentials->given)
        return ACCESS_NO_TOKEN;
    if (!credentials->kinds)
        return ACCESS_BAD_TOKEN;
    return credentials->kinds & opened_by ? ACCESS_GRANTED : ACCESS_WRONG_TOKEN;
}

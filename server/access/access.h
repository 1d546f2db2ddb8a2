/*
 * Who may ask for what.
 *
 * DESIGN
 * Each row of the route table has a class (routes.c), and the table below (access.c) says which tokens open which
 * class. A row without one is open to nobody. Who must not ask is told so when the headers have come: no byte of a body
 * is read for them.
 *
 * Without token files all is open. With auth_token_file alone, administration is closed: a daemon that asks for tokens
 * must not let anybody unload its models. /metrics takes a token of either kind as soon as there is one.
 */
#ifndef SENETD_ACCESS_H
#define SENETD_ACCESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "access/tokens.h"

struct options;

enum access_class {
    ACCESS_NOBODY, /* what a row has that was given none */
    ACCESS_PUBLIC,
    ACCESS_INFERENCE,
    ACCESS_ADMINISTRATION,
    ACCESS_OBSERVATION,
    ACCESS_CLASSES,
};

enum token_kind { TOKEN_INFERENCE, TOKEN_ADMINISTRATION, TOKEN_KINDS };

struct access {
    const char *paths[TOKEN_KINDS]; /* the files; "" for none */
    pthread_mutex_t lock;           /* guards all below */
    struct tokens tokens[TOKEN_KINDS];
    bool ready; /* the lock was made */
};

/* What a request brought in its Authorization headers; of the token itself nothing is kept. */
struct credentials {
    unsigned given; /* headers of that name */
    unsigned kinds; /* a bit for each enum token_kind that knows the token */
};

enum access_verdict {
    ACCESS_GRANTED,
    ACCESS_NO_TOKEN,
    ACCESS_BAD_TOKEN,
    ACCESS_WRONG_TOKEN, /* a good one, for something else */
    ACCESS_CLOSED,      /* no token would do */
};

/* Reads the files that the options name. False fills `message`; either way the caller releases. */
bool access_open(struct access *access, const struct options *options, char *message, size_t message_size);
void access_release(struct access *access);

/* Reads the files again: all of them, or what was known stays. Logs what came of it. */
void access_reload(struct access *access);

/* `value` is that of an Authorization header. */
void credentials_read(struct credentials *credentials, struct access *access, const char *value);

enum access_verdict access_verdict(const struct access *access, enum access_class access_class,
                                   const struct credentials *credentials);

#endif

/* Why a request is not served: what its client will be told. */
#ifndef SENETD_REFUSAL_H
#define SENETD_REFUSAL_H

struct refusal {
    int status;
    const char *code, *message; /* static */
};

#endif

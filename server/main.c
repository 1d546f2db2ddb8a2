#include <stdio.h>
#include <stdlib.h>

#include "access/access.h"
#include "decoder/decoder_child.h"
#include "http/http.h"
#include "log.h"
#include "server.h"
#include "tls/tls.h"

#define EXIT_USAGE 2

static int fail(const char *message, int status)
{
    fprintf(stderr, "senetd: %s\n", message);
    return status;
}

static int check_models(const struct options *options)
{
    char message[SENET_MESSAGE_SIZE + 256];
    struct registry registry;
    struct loader loader;
    if (!registry_init(&registry))
        return fail("out of memory", EXIT_FAILURE);
    if (!loader_init(&loader, &registry, options, 1)) {
        registry_release(&registry);
        return fail("out of memory", EXIT_FAILURE);
    }
    bool good = loader_open(&loader, true, message, sizeof message);
    registry_release(&registry);
    loader_release(&loader);
    if (!good)
        return fail(message, EXIT_FAILURE);
    puts("senetd: the configuration is good");
    return EXIT_SUCCESS;
}

static int check(const struct options *options)
{
    char message[SENET_MESSAGE_SIZE + 256];
    struct access access;
    log_setup((enum log_format)options->log_format, LOG_LEVEL_NONE); /* the answer is one line */
    bool good = access_open(&access, options, message, sizeof message);
    access_release(&access);
    return good ? check_models(options) : fail(message, EXIT_FAILURE);
}

static int run(const struct options *options, int argc, char *const *argv)
{
    static struct server server; /* large, and all of it starts as zero */
    char message[SENET_MESSAGE_SIZE + 256];
    server.options = *options;
    server.argc = argc;
    server.argv = argv;
    log_setup((enum log_format)options->log_format, (enum log_level)options->log_level);
    bool good = server_start(&server, message, sizeof message);
    if (good)
        server_run(&server);
    server_release(&server);
    return good ? EXIT_SUCCESS : fail(message, EXIT_FAILURE);
}

static int act(const struct options *options, enum options_action action, int argc, char *const *argv)
{
    switch (action) {
    case OPTIONS_HELP:
        options_print_help(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_HELP_MARKDOWN:
        options_print_markdown(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        printf("senetd %s (%s, libmicrohttpd %s, GnuTLS %s)\n", senet_version(), senet_isa(), http_library_version(),
               tls_library_version());
        return EXIT_SUCCESS;
    case OPTIONS_RUN:
    case OPTIONS_CHECK:
        break;
    }
    char message[SENET_MESSAGE_SIZE + 256];
    if (!tls_check(options, message, sizeof message))
        return fail(message, EXIT_USAGE);
    return action == OPTIONS_CHECK ? check(options) : run(options, argc, argv);
}

int main(int argc, char **argv)
{
    struct options options;
    enum options_action action;
    char message[SENET_MESSAGE_SIZE + 256];
    int status;
    if (decoder_main(argc, argv, decoder_task, &status))
        return status;
    bool good = options_read(&options, argc, argv, getenv, &action, message, sizeof message);
    status = good ? act(&options, action, argc, argv) : fail(message, EXIT_USAGE);
    options_release(&options);
    return status;
}

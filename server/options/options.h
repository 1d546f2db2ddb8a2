/*
 * The daemon's settings.
 *
 * DESIGN
 * One table (options_table.c) gives each option's name, type, bounds, default and place. Flags, SENETD_*
 * variables, the configuration file, --help and docs/configuration.md are all made from it. A value is stored
 * together with where it came from, and one from a lower source never replaces one from a higher: flag,
 * environment, file, default.
 */
#ifndef SENETD_OPTIONS_H
#define SENETD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct text_list {
    char **items;
    size_t count;
};

enum decoder_isolation { DECODER_ISOLATION_PROCESS, DECODER_ISOLATION_THREAD };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct options {
    char *config, *listen, *port_file, *model_repository, *default_model; /* "" where nothing was given */
    struct text_list models;                                              /* [NAME=]DIR */
    char *auth_token_file, *admin_token_file, *access_log;                /* likewise */
    char *tls_certificate, *tls_key;                                      /* both or neither */
    struct text_list cors_origins;
    int64_t model_versions, model_memory, repository_poll_seconds;
    int64_t workers, threads;
    int64_t max_batch, max_batch_delay_us;
    int64_t queue_limit, queue_bytes, connection_limit, connections_per_client, max_images;
    int64_t max_body_bytes, max_buffered_bytes, max_pixels, max_decode_memory;
    int64_t jpeg_scaling;                                                       /* enum senet_jpeg_scaling */
    int64_t connection_timeout, header_timeout, body_timeout, response_timeout; /* seconds */
    int64_t answer_timeout, drain_delay, shutdown_timeout;                      /* likewise */
    int64_t decoder_isolation;                                                  /* enum decoder_isolation */
    int64_t log_format, log_level;                                              /* enum log_format, enum log_level */
};

enum options_action { OPTIONS_RUN, OPTIONS_CHECK, OPTIONS_HELP, OPTIONS_HELP_MARKDOWN, OPTIONS_VERSION };

/*
 * Reads all sources. `lookup` is getenv. On failure `message` is one line that names the flag, the variable, or
 * file, line and key. Either way the caller releases.
 */
bool options_read(struct options *options, int argc, char *const *argv, char *(*lookup)(const char *name),
                  enum options_action *action, char *message, size_t message_size);
void options_release(struct options *options);

/*
 * Writes the names of the options that differ and do not take effect before a restart, separated by commas; "" when
 * there are none.
 */
void options_differences(const struct options *a, const struct options *b, char *text, size_t size);

void options_print_help(FILE *stream);
void options_print_markdown(FILE *stream); /* the table of docs/configuration.md */

#endif

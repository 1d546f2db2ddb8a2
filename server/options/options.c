#include "options/options.h"

#include <stdlib.h>
#include <string.h>

#include "access/cors.h"
#include "options/options_table.h"

/* Flags that are not settings. */
static const struct {
    const char *flag;
    enum options_action action;
} actions[] = {
    {"-t", OPTIONS_CHECK},          {"--help", OPTIONS_HELP},
    {"-h", OPTIONS_HELP},           {"--help-markdown", OPTIONS_HELP_MARKDOWN},
    {"--version", OPTIONS_VERSION},
};

static bool is_action(const char *flag, enum options_action *action)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (!strcmp(actions[i].flag, flag)) {
            *action = actions[i].action;
            return true;
        }
    return false;
}

/* --max-body-bytes or --max-body-bytes=5; -c is --config. */
static const struct option *find_flag(const char *flag, const char **value)
{
    *value = NULL;
    if (!strcmp(flag, "-c"))
        return option_find("config", strlen("config"));
    if (strncmp(flag, "--", 2) != 0)
        return NULL;
    char name[OPTION_NAME_MAX];
    const char *begin = flag + 2;
    size_t length = strcspn(begin, "=");
    if (length >= sizeof name || memchr(begin, '_', length))
        return NULL;
    memcpy(name, begin, length);
    for (size_t i = 0; i < length; i++)
        if (name[i] == '-')
            name[i] = '_';
    if (begin[length] == '=')
        *value = begin + length + 1;
    return option_find(name, length);
}

static bool read_flags(struct settings *settings, int argc, char *const *argv, enum options_action *action)
{
    for (int i = 1; i < argc; i++) {
        if (is_action(argv[i], action))
            continue;
        const char *value;
        const struct option *option = find_flag(argv[i], &value);
        if (!option)
            return settings_fail(settings, "%.64s: no such option (try --help)", argv[i]);
        char name[OPTION_NAME_MAX];
        option_flag(option, name);
        if (!value && ++i < argc)
            value = argv[i];
        if (!value)
            return settings_fail(settings, "%s: needs a value: %s", name, option->value);
        if (!option_assign(settings, option, SOURCE_FLAG, value, name))
            return false;
    }
    return true;
}

/* A list's items are separated by commas. */
static bool read_variable(struct settings *settings, const struct option *option, const char *name, char *value)
{
    if (option->type != OPTION_LIST)
        return option_assign(settings, option, SOURCE_ENVIRONMENT, value, name);
    char *state, *copy = strdup(value);
    if (!copy)
        return settings_fail(settings, "out of memory");
    bool good = true;
    for (char *item = strtok_r(copy, ",", &state); item && good; item = strtok_r(NULL, ",", &state))
        good = option_assign(settings, option, SOURCE_ENVIRONMENT, item, name);
    free(copy);
    return good;
}

/*
 * Only the variables of known options are looked at: Kubernetes gives the pods of a service called "senetd"
 * variables such as SENETD_PORT, which are not ours.
 */
static bool read_environment(struct settings *settings, char *(*lookup)(const char *name))
{
    for (size_t i = 0; i < options_table_size; i++) {
        char name[OPTION_NAME_MAX];
        option_variable(&options_table[i], name);
        char *value = lookup(name);
        if (value && !read_variable(settings, &options_table[i], name, value))
            return false;
    }
    return true;
}

static bool read_defaults(struct settings *settings)
{
    for (size_t i = 0; i < options_table_size; i++)
        if (options_table[i].missing && !option_assign(settings, &options_table[i], SOURCE_DEFAULT,
                                                       options_table[i].missing, options_table[i].name))
            return false;
    return true;
}

/* What each option's own bounds cannot say. */
static bool agree(struct settings *settings)
{
    const struct options *options = settings->options;
    for (size_t i = 0; i < options->cors_origins.count; i++)
        if (!origin_check(options->cors_origins.items[i]))
            return settings_fail(settings, "cors_origins: must be * or SCHEME://HOST[:PORT] in lower case, not '%.64s'",
                                 options->cors_origins.items[i]);
    if (!*options->tls_certificate != !*options->tls_key)
        return settings_fail(settings, "%s: must be given with %s", *options->tls_key ? "tls_key" : "tls_certificate",
                             *options->tls_key ? "tls_certificate" : "tls_key");
    return options->max_body_bytes <= options->max_buffered_bytes ||
           settings_fail(settings, "max_body_bytes (%lld) must not be larger than max_buffered_bytes (%lld)",
                         (long long)options->max_body_bytes, (long long)options->max_buffered_bytes);
}

bool options_read(struct options *options, int argc, char *const *argv, char *(*lookup)(const char *name),
                  enum options_action *action, char *message, size_t message_size)
{
    *options = (struct options){0};
    *action = OPTIONS_RUN;
    struct settings settings = {.options = options, .message = message, .message_size = message_size};
    if (!read_defaults(&settings) || !read_flags(&settings, argc, argv, action))
        return false;
    if (*action != OPTIONS_RUN && *action != OPTIONS_CHECK)
        return true; /* --help must work under a broken configuration */
    return read_environment(&settings, lookup) && (!*options->config || options_read_file(&settings)) &&
           agree(&settings);
}

#define _DEFAULT_SOURCE /* explicit_bzero */
#include "access/tokens.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret_file.h"

struct span {
    const char *begin;
    size_t size;
};

/* RFC 6750, 2.1: what can follow "Bearer" in a header. */
static bool is_token_text(struct span text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/";
    size_t i = 0;
    while (i < text.size && memchr(allowed, text.begin[i], sizeof allowed - 1))
        i++;
    size_t body = i;
    while (i < text.size && text.begin[i] == '=')
        i++;
    return body > 0 && i == text.size && i >= TOKEN_MIN && i <= TOKEN_MAX;
}

static struct span trim(struct span line)
{
    while (line.size && strchr(" \t\r", line.begin[line.size - 1]) && line.begin[line.size - 1])
        line.size--;
    return line;
}

/* NULL, or what is wrong with the line. */
static const char *take_line(struct tokens *tokens, struct span line)
{
    line = trim(line);
    if (!line.size || *line.begin == '#')
        return NULL;
    if (!is_token_text(line))
        return "a token has 16 to 256 letters, digits and -._~+/, and perhaps = at the end";
    if (tokens->count == TOKENS_MAX)
        return "there are more than 1024 tokens";
    memcpy(tokens->padded[tokens->count++], line.begin, line.size);
    return NULL;
}
_Static_assert(TOKEN_MIN == 16 && TOKEN_MAX == 256 && TOKENS_MAX == 1024, "as the messages say");

static bool read_lines(struct tokens *tokens, struct span text, const char *path, char *message, size_t message_size)
{
    unsigned number = 0;
    while (text.size) {
        const char *end = memchr(text.begin, '\n', text.size);
        struct span line = {text.begin, end ? (size_t)(end - text.begin) : text.size};
        size_t taken = line.size + (end != NULL);
        const char *problem = take_line(tokens, line);
        number++;
        if (problem) {
            snprintf(message, message_size, "%s:%u: %s", path, number, problem);
            return false;
        }
        text = (struct span){text.begin + taken, text.size - taken};
    }
    if (!tokens->count)
        snprintf(message, message_size, "%s: there is no token in it", path);
    return tokens->count > 0;
}

bool tokens_read(struct tokens *tokens, const char *path, char *message, size_t message_size)
{
    *tokens = (struct tokens){0};
    struct secret_file file;
    if (!secret_file_read(&file, path, message, message_size))
        return false;
    tokens->exposed = file.exposed;
    tokens->padded = calloc(TOKENS_MAX, sizeof *tokens->padded);
    if (!tokens->padded)
        snprintf(message, message_size, "%s: %s", path, strerror(ENOMEM));
    bool good = tokens->padded && read_lines(tokens, (struct span){file.bytes, file.size}, path, message, message_size);
    secret_file_release(&file);
    if (!good)
        tokens_release(tokens);
    return good;
}

void tokens_release(struct tokens *tokens)
{
    if (tokens->padded)
        explicit_bzero(tokens->padded, TOKENS_MAX * sizeof *tokens->padded);
    free(tokens->padded);
    *tokens = (struct tokens){0};
}

bool tokens_have(const struct tokens *tokens, const char *text, size_t size)
{
    if (!is_token_text((struct span){text, size}))
        return false;
    unsigned char given[TOKEN_MAX] = {0};
    memcpy(given, text, size);
    unsigned found = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        volatile unsigned char difference = 0; /* volatile: the loop must not learn to stop early */
        for (size_t j = 0; j < TOKEN_MAX; j++)
            difference |= (unsigned char)(tokens->padded[i][j] ^ given[j]);
        found |= difference == 0;
    }
    explicit_bzero(given, sizeof given);
    return found != 0;
}

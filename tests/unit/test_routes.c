/* The route table: what matches, what else is said, and that the description knows every route. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "http/request.h"
#include "routes/handlers.h"

struct found {
    const struct route *route;
    struct route_names names;
    struct reply reply;
};

static struct found look_up(const char *method, const char *text)
{
    struct found found = {0};
    struct target target;
    target_split(text, &target);
    found.route = route_find(method, &target, &found.names, &found.reply);
    return found;
}

static const struct {
    const char *method, *target, *pattern, *model, *version;
} matches[] = {
    {"POST", "/v1/predict", "/v1/predict", "", ""},
    {"PUT", "/v1/predict?top_k=1", "/v1/predict", "", ""},
    {"POST", "/v1/models/cat/predict", "/v1/models/{model}/predict", "cat", ""},
    {"POST", "/v1/models/cat/versions/12/predict", "/v1/models/{model}/versions/{version}/predict", "cat", "12"},
    {"POST", "/v1/models/versions/versions/predict/predict", "/v1/models/{model}/versions/{version}/predict",
     "versions", "predict"},
    {"GET", "/v1/models", "/v1/models", "", ""},
    {"GET", "/v1/models/c%61t", "/v1/models/{model}", "cat", ""},
    {"GET", "/v1/models/%2e%2e", "/v1/models/{model}", "..", ""},
    {"GET", "/v1/models/a%2fb", "/v1/models/{model}", "a/b", ""},
    {"HEAD", "/healthz", "/healthz", "", ""},
    {"GET", "/%68ealthz", "/healthz", "", ""},
    {"GET", "/v2", "/v2", "", ""},
    {"GET", "/v2/", "/v2/", "", ""},
    {"GET", "http://host/metrics", "/metrics", "", ""},
    {"GET", "/v2/models/m/versions/1/ready", "/v2/models/{model}/versions/{version}/ready", "m", "1"},
};

START_TEST(a_route_is_found_with_its_names)
{
    struct found found = look_up(matches[_i].method, matches[_i].target);
    ck_assert_msg(found.route != &route_unknown, "%s", matches[_i].target);
    ck_assert_str_eq(found.route->pattern, matches[_i].pattern);
    ck_assert_str_eq(found.names.model, matches[_i].model);
    ck_assert_str_eq(found.names.version, matches[_i].version);
    ck_assert_int_eq(found.reply.status, 0);
}
END_TEST

static const char *const nowhere[] = {
    "/",
    "",
    "*",
    "healthz",
    "/healthz/",
    "//healthz",
    "/healthz%00",
    "/healthz%",
    "/HEALTHZ",
    "/../healthz",
    "/v1",
    "/v1/models/",
    "/v1/models//predict",
    "/v1/models/%00",
    "/v1/models/%zz",
    "/v1/models/a/b",
    "/v1/predict/v1/predict",
    "http://host",
    "/v2/models/",
    "/v1/models/a/versions/123456789012345678901234567890123/predict",
};

START_TEST(what_matches_nothing_is_404)
{
    struct found found = look_up("GET", nowhere[_i]);
    ck_assert_msg(found.route == &route_unknown && found.reply.status == 404, "%s", nowhere[_i]);
    ck_assert_str_eq(found.reply.allow, "");
    ck_assert_str_eq(found.names.model, "");
    reply_release(&found.reply);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_404)
{
    char text[512] = "/v1/models/";
    memset(text + strlen(text), 'm', MODEL_NAME_MAX + 1);
    struct found found = look_up("GET", text);
    ck_assert_int_eq(found.reply.status, 404);
    reply_release(&found.reply);
    text[strlen("/v1/models/") + MODEL_NAME_MAX] = '\0';
    found = look_up("GET", text);
    ck_assert_int_eq(found.reply.status, 0);
}
END_TEST

/* A row that was given no class answers nobody; the description says which token each takes. */
static const char *const security_of[ACCESS_CLASSES] = {
    [ACCESS_PUBLIC] = NULL,
    [ACCESS_INFERENCE] = "[{\"inferenceToken\":[]}]",
    [ACCESS_ADMINISTRATION] = "[{\"adminToken\":[]}]",
    [ACCESS_OBSERVATION] = "[{\"inferenceToken\":[]},{\"adminToken\":[]}]",
};

static void check_access(const struct route *route, const cJSON *operation)
{
    const cJSON *security = cJSON_GetObjectItemCaseSensitive(operation, "security");
    char *text = security ? cJSON_PrintUnformatted(security) : NULL;
    const char *expected = security_of[route->access];
    ck_assert_msg(route->access != ACCESS_NOBODY, "%s is open to nobody", route->pattern);
    ck_assert_msg(!text == !expected && (!text || !strcmp(text, expected)), "%s is said to take %s", route->pattern,
                  text ? text : "no token");
    const cJSON *responses = cJSON_GetObjectItemCaseSensitive(operation, "responses");
    bool one_kind = text && route->access != ACCESS_OBSERVATION;
    ck_assert_msg(!text == !cJSON_HasObjectItem(responses, "401"), "%s is described with 401 where it takes a token",
                  route->pattern);
    ck_assert_msg(one_kind == cJSON_HasObjectItem(responses, "403"),
                  "%s is described with 403 where the other kind of token is not enough", route->pattern);
    cJSON_free(text);
}

static const struct {
    const char *method, *target, *allow;
    int status;
} others[] = {
    {"GET", "/v1/predict", "POST, PUT, OPTIONS", 405},
    {"DELETE", "/healthz", "GET, HEAD, OPTIONS", 405},
    {"POST", "/healthz", "GET, HEAD, OPTIONS", 405},
    {"get", "/healthz", "GET, HEAD, OPTIONS", 405},
    {"", "/healthz", "GET, HEAD, OPTIONS", 405},
    {"OPTIONS", "/healthz", "GET, HEAD, OPTIONS", 204},
    {"OPTIONS", "/v1/models/x/predict", "POST, PUT, OPTIONS", 204},
    {"OPTIONS", "*", "GET, HEAD, POST, PUT, OPTIONS", 204},
    {"OPTIONS", "/nope", "", 404},
};

START_TEST(other_methods_are_told_what_is_allowed)
{
    struct found found = look_up(others[_i].method, others[_i].target);
    ck_assert(found.route == &route_unknown);
    ck_assert_int_eq(found.reply.status, others[_i].status);
    ck_assert_str_eq(found.reply.allow, others[_i].allow);
    reply_release(&found.reply);
}
END_TEST

START_TEST(every_route_is_counted_under_a_label_of_its_own)
{
    ck_assert_str_eq(route_label(route_count() - 1), route_unknown.pattern);
    ck_assert_uint_eq(route_index(&route_unknown), route_count() - 1);
    for (size_t i = 0; i + 1 < route_count(); i++)
        for (size_t other = 0; other < i; other++)
            ck_assert_msg(strcmp(route_label(i), route_label(other)) != 0, "%s is counted twice", route_label(i));
}
END_TEST

START_TEST(the_description_has_every_route_and_no_other)
{
    struct request request = {0};
    handle_openapi(&request, NULL);
    cJSON *description = cJSON_ParseWithLength(request.reply.body.data, request.reply.body.size);
    ck_assert_ptr_nonnull(description);
    const cJSON *paths = cJSON_GetObjectItemCaseSensitive(description, "paths");
    for (size_t i = 0; i + 1 < route_count(); i++)
        ck_assert_msg(cJSON_HasObjectItem(paths, route_label(i)), "%s is not described", route_label(i));
    ck_assert_int_eq(cJSON_GetArraySize(paths), (int)route_count() - 1);
    const cJSON *path, *operation;
    cJSON_ArrayForEach(path, paths)
    {
        cJSON_ArrayForEach(operation, path)
        {
            char method[8];
            size_t length = strlen(operation->string);
            ck_assert_uint_lt(length, sizeof method);
            for (size_t c = 0; c <= length; c++)
                method[c] = operation->string[c] ? (char)(operation->string[c] - 'a' + 'A') : '\0';
            struct found found = look_up(method, path->string);
            ck_assert_msg(found.route != &route_unknown, "%s %s is no route", method, path->string);
            check_access(found.route, operation);
        }
    }
    cJSON_Delete(description);
    reply_release(&request.reply);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("routes");
    TCase *tcase = tcase_create("routes");
    tcase_add_loop_test(tcase, a_route_is_found_with_its_names, 0, (int)(sizeof matches / sizeof *matches));
    tcase_add_loop_test(tcase, what_matches_nothing_is_404, 0, (int)(sizeof nowhere / sizeof *nowhere));
    tcase_add_test(tcase, a_name_that_is_too_long_is_404);
    tcase_add_loop_test(tcase, other_methods_are_told_what_is_allowed, 0, (int)(sizeof others / sizeof *others));
    tcase_add_test(tcase, every_route_is_counted_under_a_label_of_its_own);
    tcase_add_test(tcase, the_description_has_every_route_and_no_other);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}

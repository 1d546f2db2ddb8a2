/* The catalogue while models are loaded and unloaded and several threads look them up: with the thread sanitizer, too.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "harness.h"
#include "log.h"
#include "models/loader.h"
#include "models/reload.h"

#define READERS 3
#define ROUNDS 12

static struct registry registry;
static struct loader loader;
static char *models[] = {NULL, NULL};
static char empty[] = "";
static struct options options = {.threads = 1,
                                 .model_versions = 1,
                                 .models = {.items = models, .count = 2},
                                 .model_repository = empty,
                                 .default_model = empty};
static struct senet_error error;

static void setup(void)
{
    char message[SENET_MESSAGE_SIZE];
    models[0] = strdup("stays=models/builtin");
    models[1] = strdup("moves=models/builtin");
    log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_NONE);
    ck_assert(registry_init(&registry));
    ck_assert(loader_init(&loader, &registry, &options, 1));
    ck_assert_msg(loader_open(&loader, true, message, sizeof message), "%s", message);
}

static void teardown(void)
{
    registry_release(&registry);
    loader_release(&loader);
    free(models[0]);
    free(models[1]);
    options.model_memory = 0;
}

START_TEST(models_are_found_by_name_and_version)
{
    struct served *served;
    ck_assert_int_eq(registry_find(&registry, "", "", &served), REGISTRY_FOUND);
    ck_assert_str_eq(served->name, "stays");
    served_release(served);
    ck_assert_int_eq(registry_find(&registry, "moves", "1", &served), REGISTRY_FOUND);
    served_release(served);
    ck_assert_int_eq(registry_find(&registry, "moves", "2", &served), REGISTRY_NO_VERSION);
    ck_assert_int_eq(registry_find(&registry, "moves", "01", &served), REGISTRY_NO_VERSION);
    ck_assert_int_eq(registry_find(&registry, "neither", "", &served), REGISTRY_NO_MODEL);
    ck_assert_int_eq(unload_model(&loader, "moves", &error), RELOAD_DONE);
    ck_assert_int_eq(registry_find(&registry, "moves", "", &served), REGISTRY_NOT_LOADED);
    ck_assert_int_eq(registry_find(&registry, "moves", "1", &served), REGISTRY_NOT_LOADED);
    ck_assert_int_eq(reload_model(&loader, "moves", &error), RELOAD_DONE);
    ck_assert_int_eq(registry_find(&registry, "moves", "", &served), REGISTRY_FOUND);
    served_release(served);
    ck_assert_int_eq(reload_model(&loader, "neither", &error), RELOAD_NO_MODEL);
    ck_assert_int_eq(unload_model(&loader, "neither", &error), RELOAD_NO_MODEL);
}
END_TEST

START_TEST(a_model_lives_while_anybody_refers_to_it)
{
    struct served *before, *after;
    struct senet_session *session;
    ck_assert_int_eq(registry_find(&registry, "moves", "", &before), REGISTRY_FOUND);
    ck_assert_int_eq(reload_model(&loader, "moves", &error), RELOAD_DONE);
    ck_assert_int_eq(registry_find(&registry, "moves", "", &after), REGISTRY_FOUND);
    ck_assert_ptr_ne(before, after);
    ck_assert_ptr_null(loader.retired);
    ck_assert_int_eq(session_pool_take(&before->pool, &session, &error), SENET_OK);
    senet_session_run(session);
    session_pool_give(&before->pool, session);
    served_release(before);
    ck_assert_ptr_eq(loader.retired, before);
    served_release(after);
}
END_TEST

START_TEST(what_does_not_fit_the_budget_is_not_loaded_and_changes_nothing)
{
    struct served *before, *after;
    ck_assert_int_eq(registry_find(&registry, "moves", "", &before), REGISTRY_FOUND);
    options.model_memory = (int64_t)atomic_load(&loader.memory) + 1024;
    ck_assert_int_eq(reload_model(&loader, "moves", &error), RELOAD_FAILED);
    ck_assert_int_eq(error.code, SENET_OUT_OF_MEMORY);
    ck_assert_msg(!strncmp(error.message, "version 1: its ", 15) && strstr(error.message, "model_memory"), "%s",
                  error.message);
    ck_assert_int_eq(registry_find(&registry, "moves", "", &after), REGISTRY_FOUND);
    ck_assert_ptr_eq(before, after);
    struct catalogue *catalogue = registry_catalogue(&registry);
    const struct catalogue_model *model = catalogue_find(catalogue, "moves");
    ck_assert_uint_eq(model->version_count, 1);
    ck_assert_msg(strstr(model->versions[0].reason, "model_memory") != NULL, "%s", model->versions[0].reason);
    ck_assert(!model->loading);
    catalogue_release(catalogue);
    served_release(before);
    served_release(after);
    options.model_memory += (int64_t)before->memory;
    ck_assert_int_eq(reload_model(&loader, "moves", &error), RELOAD_DONE);
}
END_TEST

static atomic_bool over;
static atomic_int wrong, runs;

/* The model that nobody touches is always there; the other is or is not; whatever is found can be used. */
static void *read_on(void *context)
{
    (void)context;
    while (!atomic_load(&over)) {
        struct served *served;
        struct senet_session *session;
        struct senet_error problem;
        for (int i = 0; i < 2; i++) {
            if (registry_find(&registry, i ? "moves" : "stays", "", &served) != REGISTRY_FOUND) {
                atomic_fetch_add(&wrong, i == 0);
                continue;
            }
            if (session_pool_take(&served->pool, &session, &problem)) {
                atomic_fetch_add(&wrong, 1);
            } else {
                senet_session_run(session);
                session_pool_give(&served->pool, session);
                atomic_fetch_add(&runs, 1);
            }
            served_release(served);
        }
        struct catalogue *catalogue = registry_catalogue(&registry);
        atomic_fetch_add(&wrong, catalogue->count != 2 || strcmp(catalogue->default_name, "stays") != 0);
        catalogue_release(catalogue);
    }
    return NULL;
}

START_TEST(readers_find_whole_catalogues_while_models_come_and_go)
{
    pthread_t threads[READERS];
    for (int i = 0; i < READERS; i++)
        ck_assert(!pthread_create(&threads[i], NULL, read_on, NULL));
    for (int round = 0; round < ROUNDS; round++) {
        ck_assert_int_eq(reload_model(&loader, "moves", &error), RELOAD_DONE);
        if (round % 3 == 2)
            ck_assert_int_eq(unload_model(&loader, "moves", &error), RELOAD_DONE);
    }
    while (atomic_load(&runs) < READERS)
        sched_yield();
    atomic_store(&over, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(atomic_load(&wrong), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry");
    TCase *tests = tcase_create("registry");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, setup, teardown);
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, models_are_found_by_name_and_version);
    tcase_add_test(tests, a_model_lives_while_anybody_refers_to_it);
    tcase_add_test(tests, what_does_not_fit_the_budget_is_not_loaded_and_changes_nothing);
    tcase_add_test(tests, readers_find_whole_catalogues_while_models_come_and_go);
    return harness_run(suite);
}

#include "models/registry.h"

#include <string.h>

bool registry_init(struct registry *registry)
{
    *registry = (struct registry){.catalogue = catalogue_create()};
    if (registry->catalogue && !pthread_mutex_init(&registry->lock, NULL))
        return true;
    catalogue_release(registry->catalogue);
    registry->catalogue = NULL;
    return false;
}

void registry_release(struct registry *registry)
{
    if (!registry->catalogue)
        return;
    catalogue_release(registry->catalogue);
    registry->catalogue = NULL;
    pthread_mutex_destroy(&registry->lock);
}

struct catalogue *registry_catalogue(struct registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    struct catalogue *catalogue = catalogue_retain(registry->catalogue);
    pthread_mutex_unlock(&registry->lock);
    return catalogue;
}

void registry_publish(struct registry *registry, struct catalogue *catalogue)
{
    pthread_mutex_lock(&registry->lock);
    struct catalogue *before = registry->catalogue;
    registry->catalogue = catalogue;
    pthread_mutex_unlock(&registry->lock);
    catalogue_release(before);
}

static enum registry_answer find(const struct catalogue *catalogue, const char *name, const char *version,
                                 struct served **served)
{
    const struct catalogue_model *model = catalogue_find(catalogue, *name ? name : catalogue->default_name);
    if (!model)
        return REGISTRY_NO_MODEL;
    int64_t number;
    const struct catalogue_version *wanted = NULL;
    if (*version && model_version_parse(version, &number))
        wanted = catalogue_version_find(model, number);
    if (*version && !wanted)
        return REGISTRY_NO_VERSION;
    struct served *found = wanted ? wanted->served : catalogue_served(model);
    if (!found)
        return REGISTRY_NOT_LOADED;
    *served = served_retain(found);
    return REGISTRY_FOUND;
}

enum registry_answer registry_find(struct registry *registry, const char *name, const char *version,
                                   struct served **served)
{
    struct catalogue *catalogue = registry_catalogue(registry);
    enum registry_answer answer = find(catalogue, name, version, served);
    catalogue_release(catalogue);
    return answer;
}

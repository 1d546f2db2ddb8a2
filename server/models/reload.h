/* What the loader does with the catalogue. On its thread alone. */
#ifndef SENETD_RELOAD_H
#define SENETD_RELOAD_H

#include "models/loader.h"

enum reload_answer { RELOAD_DONE, RELOAD_NO_MODEL, RELOAD_FAILED };

/*
 * Loads all versions of a model from its files; one that is not known may be in the repository. A failure fills `error`
 * and changes nothing but what the index says.
 */
enum reload_answer reload_model(struct loader *loader, const char *name, struct senet_error *error);

/* The same; unless `fresh`, versions whose files have not changed stay as they are. */
enum reload_answer load_again(struct loader *loader, const char *name, bool fresh, struct senet_error *error);

/* Requests that are under way are answered. The model is known on. */
enum reload_answer unload_model(struct loader *loader, const char *name, struct senet_error *error);

/* SIGHUP: reads the configuration again and loads what has changed; all of it or nothing. Logs what came of it. */
void reload_all(struct loader *loader);

/* Loads models whose files have changed and have been left alone for a while, and drops those whose folder is gone. */
void reload_changed(struct loader *loader);

/* Takes over the reference, after seeing to it that there is a default. */
void catalogue_publish(struct loader *loader, struct catalogue *catalogue);

#endif

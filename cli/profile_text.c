/* The table for people. */
#include <inttypes.h>
#include <stdio.h>

#include "profile.h"
#include "terminal.h"

#define BAR_WIDTH 20

static void print_head(const struct profile *profile)
{
    char images[32], classes[32];
    printf("%s image%s of %s class%s, by %s\n\n", text_grouped(profile->all.samples, images),
           profile->all.samples == 1 ? "" : "s", text_grouped((int64_t)profile->class_count, classes),
           profile->class_count == 1 ? "" : "es", profile->predicted ? "the model's prediction" : "folder");
}

static void print_block(const struct profile *profile, const struct profile_block *block, int width)
{
    text_pad(block->block->layer, width);
    printf("  %8" PRId64 "  %6.3f  %6.3f  %7.1f %%", block->block->channels, block->spread.mean, block->spread.std,
           100 * block->saturated);
    if (profile->class_count > 1) {
        printf("  %13.1f %%  ", 100 * block->spread.share);
        text_bar(block->spread.share, BAR_WIDTH);
    }
    putchar('\n');
}

/* The answer to the question that the table is asked. */
static void print_extremes(const struct profile *profile)
{
    const struct profile_block *least = profile->blocks, *most = profile->blocks;
    for (size_t i = 1; i < profile->block_count; i++) {
        least = profile->blocks[i].spread.share < least->spread.share ? &profile->blocks[i] : least;
        most = profile->blocks[i].spread.share > most->spread.share ? &profile->blocks[i] : most;
    }
    putchar('\n');
    if (least != most) {
        text_pad(least->block->layer, 0);
        printf(" tells the classes apart least (%.1f %% of what its gates vary by lies between classes), ",
               100 * least->spread.share);
        text_pad(most->block->layer, 0);
        printf(" most (%.1f %%).\n", 100 * most->spread.share);
    }
    printf("Classes given to these images at random would have %.1f %%.\n", 100 * profile_share_by_chance(profile));
}

void profile_print(const struct profile *profile)
{
    struct style style = terminal_style();
    bool compared = profile->class_count > 1;
    int width = 16;
    for (size_t i = 0; i < profile->block_count; i++) {
        int layer = text_width(profile->blocks[i].block->layer);
        width = layer > width ? layer : width;
    }
    print_head(profile);
    fputs(style.bold, stdout);
    text_pad("SE block", width);
    printf("  channels    mean     std  saturated%s%s\n", compared ? "  between classes" : "", style.plain);
    for (size_t i = 0; i < profile->block_count; i++)
        print_block(profile, &profile->blocks[i], width);
    if (compared)
        print_extremes(profile);
    else
        printf("\nOne class has nothing that it could be compared with.\n");
}

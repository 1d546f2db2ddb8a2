#include "graph/se_block.h"

#define TEXT(symbol, text) text,

const char *se_kind_text(enum se_kind kind)
{
    static const char *const texts[] = {SE_KINDS(TEXT)};
    return texts[kind];
}

const char *se_squeeze_text(enum se_squeeze squeeze)
{
    static const char *const texts[] = {SE_SQUEEZES(TEXT)};
    return texts[squeeze];
}

const char *se_placement_text(enum se_placement placement)
{
    static const char *const texts[] = {SE_PLACEMENTS(TEXT)};
    return texts[placement];
}

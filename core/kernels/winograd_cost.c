#include "kernels/channels_last.h"
#include "kernels/conv_winograd.h"
bool conv_winograd2_accepts(const struct node *node)
{
    return conv_winograd_can(node) && false;
}

bool conv_winograd4_accepts(const struct node *node)
{
    return conv_winograd_can(node);
}

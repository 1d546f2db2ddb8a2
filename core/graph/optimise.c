#include "graph/passes.h"

enum senet_code graph_optimise(struct graph *graph, const struct input_size *size, struct senet_error *error)
{
    /*
     * Identities go first, since every pattern would otherwise have to look through them, and with them what nobody
     * reads, which would count as a reader. Transposes sink before anything looks for channels on axis 1. Activations
     * are recognised before biases are absorbed, which would take the sums that they begin with. Biases and
     * normalisations are folded before blocks are recognised, because they may stand inside one; activations are fused
     * after, because the pattern is written in terms of separate ones. Blocks are lowered and residuals fused last:
     * everything before looks for convolutions, sums and blocks that are nothing but that. Convolutions that have taken
     * their gate are there for residuals to go into.
     */
    static enum senet_code (*const passes[])(struct graph *, struct senet_error *) = {
        pass_remove_identities, pass_remove_dead,           pass_fold_constants, pass_recognise_channel_shuffle,
        pass_sink_transposes,   pass_recognise_activations, pass_absorb_biases,  pass_fold_batch_norm,
        pass_recognise_se,      pass_fuse_activations,      pass_remove_dead,    pass_lower_se,
        pass_fuse_residuals,
    };
    enum senet_code code = graph_infer(graph, size, error);
    for (size_t i = 0; i < sizeof passes / sizeof passes[0] && code == SENET_OK; i++)
        code = passes[i](graph, error);
    return code;
}

"""What a network can be built with, as options of the command line. A network is told of those that are given; its
own defaults hold for the others."""
import argparse
import ast

import networks
from networks.resnet import PLACEMENTS
from se import GATES, SQUEEZES

NETWORK_OPTIONS = {
    "widths": {"type": int, "nargs": "+", "help": "channels of each stage (residual networks)"},
    "depths": {"type": int, "nargs": "+", "help": "units of each stage (residual networks, se_shufflenet)"},
    "width": {"type": float, "help": "all channels times this (se_mobilenet, se_shufflenet, se_inception)"},
    "stem": {"choices": ["small", "large"], "help": "small for images of about 32 pixels, large for 224"},
    "reduction": {"type": int, "help": "the ratio r of an SE block"},
    "kind": {"choices": ["conv", "dense"], "help": "the block's layers: 1x1 convolutions or dense"},
    "squeeze": {"choices": sorted(SQUEEZES)},
    "gate": {"choices": sorted(GATES)},
    "placement": {"choices": PLACEMENTS, "help": "where the block sits in a residual unit"},
    "plain": {"dest": "se", "action": "store_const", "const": None, "help": "no SE blocks: the plain counterpart"},
}


def add_network_options(parser, network="se_resnet_small"):
    parser.add_argument("--network", default=network, choices=sorted(networks.NETWORKS))
    for name, how in NETWORK_OPTIONS.items():
        parser.add_argument(f"--{name}", default=argparse.SUPPRESS, **how)


def network_options(arguments):
    """Those that were given, as networks.build takes them."""
    names = [how.get("dest", name) for name, how in NETWORK_OPTIONS.items()]
    return {name: getattr(arguments, name) for name in names if hasattr(arguments, name)}


def build(name, options):
    """The network, or the end of the program where it takes no such option."""
    try:
        return networks.build(name, **options)
    except (TypeError, ValueError) as error:
        raise SystemExit(f"{name}: {error}")


def key_value(text):
    """KEY=VALUE with a Python literal, or a word, as value."""
    key, _, value = text.partition("=")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, value

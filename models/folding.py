"""Networks that compute the same in fewer steps, for use but not for training."""

from __future__ import annotations

import copy
from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval


def folded(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode whose batch normalisations are part of the layers before them.

    In use a normalisation multiplies and adds what it has learned, which the convolution or linear
    layer before it can do with other weights (Jacob et al., Quantization and Training of Neural
    Networks, CVPR 2018, section 3.2). That is done where the two follow each other in a
    `Sequential`: then nothing else sees what is between them. Results differ by rounding.

    Args:
        network: it stays as it is.

    >>> import torch
    >>> pair = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).eval()
    >>> [type(layer).__name__ for layer in folded(pair)]
    ['Conv2d', 'Identity']
    """
    result = copy.deepcopy(network).eval()
    for module in list(result.modules()):
        if isinstance(module, nn.Sequential):
            _fold_neighbours(module)
    return result


def _fold_neighbours(sequence: nn.Sequential) -> None:
    for first, second in pairwise(list(sequence._modules)):
        layer, normalisation = getattr(sequence, first), getattr(sequence, second)
        if not _plain(layer) or not _plain(normalisation):
            continue
        # Subclasses may compute something else.
        if type(layer) is nn.Conv2d and type(normalisation) is nn.BatchNorm2d:
            joined: nn.Module = fuse_conv_bn_eval(layer, normalisation)
        elif type(layer) is nn.Linear and type(normalisation) is nn.BatchNorm1d:
            joined = fuse_linear_bn_eval(layer, normalisation)
        else:
            continue
        setattr(sequence, first, joined)
        setattr(sequence, second, nn.Identity())


def _plain(module: nn.Module) -> bool:
    """Whether nobody listens to a module, and a normalisation knows what to normalise by."""
    listened = module._forward_hooks or module._forward_pre_hooks
    return not listened and getattr(module, "track_running_stats", True)

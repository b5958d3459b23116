"""Weights in files: read without running code, checked by name and shape, renamed by rules."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

COUNTER = "num_batches_tracked"
"""Batch normalisation counts its batches; files from before PyTorch 0.4 lack the counters."""

TORCHREID_HACNN = [
    ("conv.", "stem."),
    *((f"inception{k}.", f"stages.{k - 1}.") for k in (1, 2, 3)),
    *((f"ha{k}.soft_attn.spatial_attn.", f"attentions.{k - 1}.spatial.") for k in (1, 2, 3)),
    *((f"ha{k}.soft_attn.channel_attn.", f"attentions.{k - 1}.channel.") for k in (1, 2, 3)),
    *((f"ha{k}.soft_attn.conv.", f"attentions.{k - 1}.joint.") for k in (1, 2, 3)),
    *((f"ha{k}.hard_attn.fc.", f"attentions.{k - 1}.shift.") for k in (1, 2, 3)),
    *((f"local_conv{k}.", f"local_blocks.{k - 1}.") for k in (1, 2, 3)),
    ("fc_global.", "global_vector."),
    ("fc_local.", "local_vector."),
    ("classifier_global.", "global_classifier."),
    ("classifier_local.", "local_classifier."),
]
"""torchreid's names of HA-CNN's tensors, and those in `HACNN`."""

STRONG_BASELINE = [
    ("base.", "backbone."),
    ("bottleneck.", "neck.bn."),
    ("classifier.", "neck.classifier."),
]
"""The names in reid-strong-baseline, and those in `StrongBaseline`."""

TORCHREID_RESNET = [
    *((f"{part}.", f"backbone.{part}.") for part in ("conv1", "bn1")),
    *((f"layer{k}.", f"backbone.layer{k}.") for k in (1, 2, 3, 4)),
    ("classifier.", "neck.classifier."),
]
"""torchreid's names of a ResNet's tensors, and those in `StrongBaseline` with bnneck=False."""


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """The tensors of a file, by name; nothing in the file is executed.

    Args:
        path: safetensors by its suffix, else a state dict written by `torch.save`, bare or under
            the key "state_dict", "model" or "net"; the prefix "module." of data-parallel
            training is taken away.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds something else.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there are no weights at {path}")
    try:
        if path.suffix == ".safetensors":
            found: object = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(
            f"{path}: expected a file of tensors (safetensors or a state dict): {error}"
        ) from error
    for key in ("state_dict", "model", "net"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise ValueError(f"{path}: expected a state dict, names and tensors")
    return {str(name).removeprefix("module."): tensor for name, tensor in found.items()}


def renamed(state: Mapping[str, Tensor], rules: list[tuple[str, str]]) -> dict[str, Tensor]:
    """The same tensors with the first fitting prefix of each name exchanged.

    Args:
        state: names and tensors.
        rules: pairs (old prefix, new prefix); a name that none fits stays.
    """
    result = {}
    for name, tensor in state.items():
        old, new = next(((o, n) for o, n in rules if name.startswith(o)), ("", ""))
        result[new + name[len(old) :]] = tensor
    return result


def load_exactly(network: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Put tensors into a network, all of them and no others.

    Raises:
        ValueError: names that are missing or unexpected, or shapes that differ; the message
            lists them, and the network is unchanged.
    """
    own = network.state_dict()
    missing = sorted(n for n in own.keys() - state.keys() if not n.endswith(COUNTER))
    unexpected = sorted(n for n in state.keys() - own.keys())
    shapes = [
        f"{n} {tuple(state[n].shape)} instead of {tuple(own[n].shape)}"
        for n in sorted(own.keys() & state.keys())
        if state[n].shape != own[n].shape
    ]
    problems = [
        f"{what}: {', '.join(names[:8])}{f' and {len(names) - 8} more' if len(names) > 8 else ''}"
        for what, names in (("missing", missing), ("unexpected", unexpected), ("shape", shapes))
        if names
    ]
    if problems:
        raise ValueError(f"{source} does not fit {type(network).__name__}; {'; '.join(problems)}")
    network.load_state_dict({**{n: t for n, t in own.items() if n.endswith(COUNTER)}, **state})


def load_checkpoint(network: nn.Module, path: str | Path) -> nn.Module:
    """Load weights that another project trained, into the same architecture of this package.

    Known by their names: reid-strong-baseline's (into `StrongBaseline`), torchreid's HA-CNN
    (into `HACNN`) and torchreid's ResNets (into `StrongBaseline` with bnneck=False). Files in
    this package's own naming load too. Classifiers of other identities are left out when the
    network has none (identities 0).

    Returns:
        the network.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds no tensors, or others than the network's; they are named.
    """
    state = read_tensors(path)
    if any(name.startswith("base.") for name in state):
        state = renamed(state, STRONG_BASELINE)
    elif any(name.startswith("inception1.") for name in state):
        state = renamed(state, TORCHREID_HACNN)
    elif "layer1.0.conv1.weight" in state:
        state = renamed(state, TORCHREID_RESNET)
    own = network.state_dict()
    if not any("classifier." in name for name in own):
        state = {name: tensor for name, tensor in state.items() if "classifier." not in name}
    load_exactly(network, state, str(path))
    return network

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from reid_mot.models.checkpoints import load_checkpoint, load_exactly, read_tensors, renamed
from reid_mot.models.hacnn import HACNN
from reid_mot.models.resnet import StrongBaseline


def strong_baseline_names(name: str) -> str:
    """What reid-strong-baseline calls our tensor."""
    return (
        name.replace("backbone.", "base.")
        .replace("neck.bn.", "bottleneck.")
        .replace("neck.classifier", "classifier")
    )


def torchreid_names(name: str) -> str:
    """What torchreid's HA-CNN calls our tensor."""
    part, _, rest = name.partition(".")
    if part in ("stages", "attentions", "local_blocks"):
        index, _, rest = rest.partition(".")
        old = {"stages": "inception", "attentions": "ha", "local_blocks": "local_conv"}[part]
        for ours, theirs in (
            ("spatial.", "soft_attn.spatial_attn."),
            ("channel.", "soft_attn.channel_attn."),
            ("joint.", "soft_attn.conv."),
            ("shift.", "hard_attn.fc."),
        ):
            if part == "attentions" and rest.startswith(ours):
                rest = theirs + rest[len(ours) :]
        return f"{old}{int(index) + 1}.{rest}"
    old = {
        "stem": "conv",
        "global_vector": "fc_global",
        "local_vector": "fc_local",
        "global_classifier": "classifier_global",
        "local_classifier": "classifier_local",
    }[part]
    return f"{old}.{rest}"


def assert_same(first: nn.Module, second: nn.Module) -> None:
    pairs = zip(first.state_dict().items(), second.state_dict().items(), strict=True)
    for (name, a), (_, b) in pairs:
        assert torch.equal(a, b), name


def test_reid_strong_baselines_names(tmp_path: Path) -> None:
    source = StrongBaseline(6, backbone="resnet18")
    state = {strong_baseline_names(n): t for n, t in source.state_dict().items()}
    assert {"base.layer1.0.conv1.weight", "bottleneck.weight", "classifier.weight"} <= set(state)
    torch.save(state, tmp_path / "resnet18_model_120.pth")
    target = StrongBaseline(6, backbone="resnet18")
    assert_same(load_checkpoint(target, tmp_path / "resnet18_model_120.pth"), source)


def test_torchreids_hacnn_names(tmp_path: Path) -> None:
    source = HACNN(4)
    state = {"module." + torchreid_names(n): t for n, t in source.state_dict().items()}
    assert "module.ha2.soft_attn.channel_attn.conv1.bn.running_var" in state
    assert "module.inception3.1.stream2.2.conv.weight" in state
    torch.save({"state_dict": state, "epoch": 60, "rank1": 0.9}, tmp_path / "hacnn.pth.tar")
    assert_same(load_checkpoint(HACNN(4), tmp_path / "hacnn.pth.tar"), source)


def test_torchreids_resnet_names_and_no_classifier_asked_for(tmp_path: Path) -> None:
    source = StrongBaseline(4, backbone="resnet18", bnneck=False)
    state = {
        n.removeprefix("backbone.").removeprefix("neck."): t for n, t in source.state_dict().items()
    }
    assert {"conv1.weight", "layer4.1.bn2.bias", "classifier.bias"} <= set(state)
    torch.save({"state_dict": state}, tmp_path / "model.pth.tar")
    target = StrongBaseline(0, backbone="resnet18", bnneck=False)
    load_checkpoint(target, tmp_path / "model.pth.tar")
    assert_same(target.backbone, source.backbone)


def test_files_older_than_batch_counters(tmp_path: Path) -> None:
    source = StrongBaseline(0, backbone="resnet18")
    state = {
        strong_baseline_names(n): t for n, t in source.state_dict().items() if "tracked" not in n
    }
    torch.save(state, tmp_path / "old.pth")
    assert_same(
        load_checkpoint(StrongBaseline(0, backbone="resnet18"), tmp_path / "old.pth"), source
    )


def test_missing_unexpected_and_misshapen_tensors_are_all_named() -> None:
    network = nn.Linear(3, 2)
    before = network.weight.clone()
    with pytest.raises(ValueError, match="does not fit Linear") as error:
        load_exactly(network, {"weight": torch.zeros(2, 4), "extra": torch.zeros(1)}, "file.x")
    message = str(error.value)
    assert "missing: bias" in message
    assert "unexpected: extra" in message
    assert "weight (2, 4) instead of (2, 3)" in message
    assert torch.equal(network.weight, before)


def test_long_lists_are_cut() -> None:
    state = {f"t{k:02}": torch.zeros(1) for k in range(20)}
    with pytest.raises(ValueError, match=r"unexpected: t00, .*t07 and 12 more"):
        load_exactly(nn.Flatten(), state, "x")


class Sinister:
    def __reduce__(self) -> tuple[object, ...]:
        return (exec, ("raise SystemExit",))


def test_a_pickled_object_is_refused_without_running(tmp_path: Path) -> None:
    torch.save({"weight": Sinister()}, tmp_path / "evil.pth")
    with pytest.raises(ValueError, match=r"evil\.pth: expected a file of tensors"):
        read_tensors(tmp_path / "evil.pth")


@pytest.mark.parametrize("name", ["cut.safetensors", "cut.pth"])
def test_broken_files_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\x01 nothing")
    with pytest.raises(ValueError, match="cut"):
        read_tensors(tmp_path / name)


def test_other_contents_and_missing_files(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "log.pth")
    with pytest.raises(ValueError, match="expected a state dict"):
        read_tensors(tmp_path / "log.pth")
    with pytest.raises(FileNotFoundError, match="no weights"):
        read_tensors(tmp_path / "none.pth")


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file({"module.a": torch.arange(3)}, tmp_path / "a.safetensors")
    assert read_tensors(tmp_path / "a.safetensors")["a"].tolist() == [0, 1, 2]


def test_renaming_takes_the_first_rule_that_fits() -> None:
    state = {"ab.c": torch.zeros(1), "x": torch.ones(1)}
    assert set(renamed(state, [("ab.", "q."), ("a", "r")])) == {"q.c", "x"}

from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision  # type: ignore[import-untyped]
from safetensors.torch import save_file
from torch import Tensor, nn

from reid_mot.models import TorchvisionDetector, torchvision_detector
from reid_mot.models.torchvision_detector import COCO, detection_network

SMALL = "ssdlite320_mobilenet_v3_large"
PICTURE = np.zeros((40, 60, 3), np.uint8)


class Stub(nn.Module):
    """Finds a person, a chair, a weak person and a small person; keeps what it was shown."""

    def forward(self, images: list[Tensor]) -> list[dict[str, Tensor]]:
        self.images = images
        boxes = [[1, 2, 11, 32], [3, 3, 30, 30], [20, 0, 30, 30], [40, 5, 44, 13]]
        return [
            {
                "boxes": torch.tensor(boxes, dtype=torch.float32),
                "labels": torch.tensor([1, 62, 1, 1]),
                "scores": torch.tensor([0.9, 0.8, 0.3, 0.7]),
            }
        ]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    network = Stub()
    monkeypatch.setattr(torchvision_detector, "detection_network", lambda *arguments: network)
    return network


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return detection_network(SMALL, None).eval()


def test_people_are_kept_whose_score_and_height_suffice(stub: Stub) -> None:
    found = TorchvisionDetector("x", None, "cpu")(PICTURE)
    assert found.boxes.tolist() == [[1, 2, 11, 32], [40, 5, 44, 13]]
    np.testing.assert_allclose(found.scores, [0.9, 0.7], rtol=1e-6)
    assert len(TorchvisionDetector("x", None, "cpu", least_score=0.2)(PICTURE).boxes) == 3
    assert len(TorchvisionDetector("x", None, "cpu", least_height=8.5)(PICTURE).boxes) == 1
    assert TorchvisionDetector("x", None, "cpu", person=62)(PICTURE).scores.tolist() == [
        pytest.approx(0.8)
    ]


def test_the_network_sees_rgb_from_0_to_1(stub: Stub) -> None:
    TorchvisionDetector("x", None, "cpu")(np.full((4, 6, 3), (255, 51, 0), np.uint8))
    (shown,) = stub.images
    assert shown.shape == (3, 4, 6)
    np.testing.assert_allclose(shown[:, 3, 5], [1, 0.2, 0], rtol=1e-6)


def test_a_state_dict_gives_what_its_network_gives(network: nn.Module, tmp_path: Path) -> None:
    torch.save(network.state_dict(), tmp_path / "w.pth")
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    with torch.inference_mode():
        pixels = torch.from_numpy(image).permute(2, 0, 1) / 255
        direct = network([pixels])[0]
    # With random weights nobody is likely: the class that is found most stands in for people.
    most = int(direct["labels"].mode().values)
    mine = direct["labels"] == most
    for file in ("w.pth", "w.safetensors"):
        detector = TorchvisionDetector(SMALL, tmp_path / file, "cpu", 0.0, person=most)
        found = detector(image)
        assert len(found.boxes) > 0
        np.testing.assert_allclose(found.scores, direct["scores"][mine], rtol=1e-5)
        np.testing.assert_allclose(found.boxes, direct["boxes"][mine], rtol=1e-4, atol=1e-3)


def test_weights_of_another_network_are_refused(network: nn.Module, tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"w\.pth does not fit SSD; missing: .*unexpected: a"):
        detection_network(SMALL, tmp_path / "w.pth")
    with pytest.raises(FileNotFoundError, match="there are no weights"):
        detection_network(SMALL, tmp_path / "none.pth")
    torch.save(network.state_dict(), tmp_path / "w.pth")
    with pytest.raises(ValueError, match="shape: "):
        detection_network(SMALL, tmp_path / "w.pth", classes=2)


def test_published_weights_are_asked_of_torchvision(
    network: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(url: str, **how: object) -> dict[str, Tensor]:
        asked.append(url)
        assert how["check_hash"]
        state: dict[str, Tensor] = network.state_dict()
        return state

    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", download)
    found = torchvision_detector.ssdlite320_mobilenet_v3_large("cpu", least_score=0.25)
    assert asked == [torchvision.models.get_model_weights(SMALL)["DEFAULT"].url]
    assert found.settings == {
        "name": SMALL,
        "weights": COCO,
        "least_score": 0.25,
        "least_height": 0.0,
        "person": 1,
    }
    for name, tensor in network.state_dict().items():
        assert torch.equal(found.network.state_dict()[name], tensor)


def test_a_failed_download_says_from_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(url: str, **how: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", fail)
    with pytest.raises(OSError, match=rf"{SMALL} cannot be downloaded from https.*no route"):
        detection_network(SMALL, COCO)


@pytest.mark.parametrize(
    "name",
    [
        "ssdlite320_mobilenet_v3_large",
        "fasterrcnn_mobilenet_v3_large_fpn",
        "retinanet_resnet50_fpn_v2",
        "fasterrcnn_resnet50_fpn_v2",
    ],
)
def test_short_names_are_torchvisions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def build(*arguments: object) -> nn.Module:
        asked.append(arguments)
        return Stub()

    monkeypatch.setattr(torchvision_detector, "detection_network", build)
    detector = getattr(torchvision_detector, name)("cpu", 0.95)
    assert asked == [(name, COCO, 91)]
    assert len(detector(PICTURE).boxes) == 0
    assert torchvision.models.get_model_weights(name)["DEFAULT"].meta["categories"][1] == "person"


def test_arguments_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"no detector 'resnet50'\. Names: fasterrcnn"):
        TorchvisionDetector("resnet50", None)
    with pytest.raises(ValueError, match="least_score is 2"):
        TorchvisionDetector(SMALL, None, least_score=2)
    with pytest.raises(ValueError, match="least_height is -1"):
        TorchvisionDetector(SMALL, None, least_height=-1)
    with pytest.raises(ValueError, match="person is 0: expected 1 to 90"):
        TorchvisionDetector(SMALL, None, person=0)

import numpy as np
import pytest
import torch

from reid_mot.models.heads import AveragePool, BNNeck, GeM, PlainNeck


def test_gem_by_hand() -> None:
    maps = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    expected = ((1 + 8 + 27 + 64) / 4) ** (1 / 3)
    assert GeM()(maps).item() == pytest.approx(expected, rel=1e-6)


def test_gem_at_one_is_the_mean_and_at_a_large_exponent_the_maximum() -> None:
    maps = torch.rand(2, 3, 5, 4) + 0.1
    torch.testing.assert_close(GeM(1.0)(maps), AveragePool()(maps))
    torch.testing.assert_close(GeM(80.0)(maps), maps.amax((2, 3)), rtol=0.05, atol=0)


def test_gem_trains_its_exponent_even_on_an_empty_map() -> None:
    pool = GeM()
    pool(torch.zeros(1, 2, 3, 3)).sum().backward()
    assert pool.exponent.grad is not None
    assert torch.isfinite(pool.exponent.grad)


def test_bnneck_normalises_a_batch_by_hand() -> None:
    f_t = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    output = BNNeck(2, 4)(f_t)
    np.testing.assert_allclose(output.embedding.detach(), [[-1, -1], [1, 1]], atol=1e-4)
    assert output.features == (f_t,)


def test_bnneck_logits_are_those_of_f_i_without_bias() -> None:
    neck = BNNeck(3, 4).eval()
    neck.load_state_dict({**neck.state_dict(), "bn.running_mean": torch.tensor([1.0, 2, 3])})
    output = neck(torch.randn(5, 3))
    weight = neck.state_dict()["classifier.weight"]
    torch.testing.assert_close(output.logits[0], output.embedding @ weight.T)


def test_bnneck_keeps_its_shift_at_zero() -> None:
    neck = BNNeck(3, 4)
    assert not neck.bn.bias.requires_grad
    assert {n for n, p in neck.named_parameters() if p.requires_grad} == {
        "bn.weight",
        "classifier.weight",
    }


def test_first_classifier_weights() -> None:
    torch.manual_seed(0)
    normal, kaiming = BNNeck(400, 200), BNNeck(400, 200, initial="kaiming")
    found = [neck.state_dict()["classifier.weight"].std().item() for neck in (normal, kaiming)]
    assert found == pytest.approx([0.001, (2 / 200) ** 0.5], rel=0.02)


def test_plain_neck_uses_one_feature_and_a_bias() -> None:
    neck = PlainNeck(3, 4)
    f = torch.randn(2, 3)
    output = neck(f)
    assert output.embedding is f
    weight, bias = neck.state_dict()["classifier.weight"], neck.state_dict()["classifier.bias"]
    torch.testing.assert_close(output.logits[0], f @ weight.T + bias)


@pytest.mark.parametrize("neck", [BNNeck(3, 0), PlainNeck(3, 0)])
def test_no_identities_no_classifier(neck: torch.nn.Module) -> None:
    assert neck(torch.randn(2, 3)).logits == ()
    assert not any("classifier" in name for name in neck.state_dict())

import pytest

from reid_mot.models import NETWORKS, describe_network
from reid_mot.models.catalogue import SOURCES


def test_descriptions_are_measured() -> None:
    found = describe_network("hacnn")
    assert found == ("hacnn", 2_929_112, 543_994_538, (160, 64), 1024, "Li et al. 2018")


def test_the_standard_baseline_has_the_larger_stride_and_no_bnneck() -> None:
    found = describe_network("standard-baseline")
    assert (found.parameters, found.macs) == (23_508_032, 2_669_150_208)


def test_every_network_has_a_source() -> None:
    assert SOURCES.keys() == NETWORKS.keys()


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'hacn'. Names: compact-reid, compact-reid-2x, hacnn"):
        describe_network("hacn")

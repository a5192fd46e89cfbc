"""Names of layers as names of files."""

import pytest

from nurture.core.names import file_stem

PLAIN = ["conv5_3", "stages.0", "_blocks.4", "layer1.0.conv1", "0", "action-units"]


@pytest.mark.parametrize("name", PLAIN)
def test_plain_names_stay(name):
    assert file_stem(name) == name


OTHERS = {
    "/stages.0/Relu": "stages.0_Relu~13d2fa8fba7b",
    "..": "~5ec1f7e700f3",
    "Mixed_5b": "Mixed_5b~5035739c9597",
    "mixed_5B": "mixed_5B~63cb71ad92a1",
}


@pytest.mark.parametrize(("name", "stem"), OTHERS.items(), ids=OTHERS)
def test_others_get_a_digest_which_no_plain_name_has(name, stem):
    assert file_stem(name) == stem

"""Any name is one person however it is spelled, and no two names become one."""

import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from nurture.core.expressions import NONE
from nurture.core.names import clean_name, person_key

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
WORDS = st.from_regex(r"[a-z0-9_.]{1,5}( [a-z]{1,3})?", fullmatch=True)


@given(
    name=NAMES,
    form=st.sampled_from(["NFC", "NFD"]),
    around=st.text(" \t\u00a0\u200b\ufeff", max_size=3),
)
def test_spaces_and_accents_change_nothing(name, form, around):
    spelled = around + unicodedata.normalize(form, name) + around
    assert clean_name(spelled) == clean_name(name)
    assert clean_name(clean_name(name)) == clean_name(name)
    assert clean_name(name) == NONE or clean_name(name).isprintable()


@given(name=WORDS)
def test_case_changes_nothing(name):
    assert person_key(clean_name(name.upper())) == person_key(clean_name(name))


@given(first=WORDS, second=WORDS)
def test_two_names_stay_two(first, second):
    assume(first != second)
    numbers = all(word.replace(".", "", 1).isdecimal() for word in (first, second))
    assume(not numbers or float(first) != float(second))
    assert person_key(first) != person_key(second)


@given(number=st.integers(0, 10**12), zeros=st.integers(0, 3))
def test_a_number_is_known_by_its_value(number, zeros):
    spellings = [str(number), "0" * zeros + str(number), f"{number}.{'0' * (zeros + 1)}"]
    assert {person_key(clean_name(one)) for one in spellings} == {str(number)}

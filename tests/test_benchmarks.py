from benchmarks.storage import _answers
from nurture.activations.extraction import round_to_half
from nurture.activations.units import unit_coordinates
from nurture.selectivity.anova import selectivity


def test_answers_at_both_precisions_are_counted_stimulus_by_stimulus(layer):
    sets = []
    for first in (0, 20):
        single = layer.faces(8, first, seed=first, expression=40)
        single = single.assign_coords(unit_coordinates((40, 1, 1)))
        half = single.copy(deep=True)
        round_to_half(half["activation"].to_numpy())
        sets.append((half, single))
    units = [selectivity(one, 0.01) for one in sets[0]]
    line = _answers("net, conv", sets, units, {"components": 8, "C": 1.0, "min_units": 2})
    assert line["note"].endswith("of 48 answers differ")
    assert 0.9 < line["ratio"] < 1.1

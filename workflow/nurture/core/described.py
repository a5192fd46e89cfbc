"""What variables of files hold, and in which unit: attributes of the CF conventions."""

CONVENTIONS = "CF-1.11"

ONE, DEGREE = "1", "degree"
DESCRIBED = {
    "activation": ("activation of a unit", ONE),
    "stimulus": ("number of the stimulus in its set", ONE),
    "unit": ("number of the unit in its layer", ONE),
    "channel": ("channel of the unit", ONE),
    "row": ("row of the unit", ONE),
    "column": ("column of the unit", ONE),
    "identity": ("number of the identity", ONE),
    "level": ("level along the continuum", ONE),
    "intensity": ("intensity of the expression, as a share of its recipe", ONE),
    "yaw": ("turn of the head, positive to the person's left", DEGREE),
    "pitch": ("nod of the head", DEGREE),
    "light_azimuth": ("azimuth of the key light", DEGREE),
    "light_elevation": ("elevation of the key light", DEGREE),
    "gaze_x": ("turn of the eyes to the side", DEGREE),
    "gaze_y": ("turn of the eyes up or down", DEGREE),
    "distinctiveness": ("distance from the average face, as a share of the identity's", ONE),
    "skin": ("reflectance of the skin", ONE),
    "tuning": ("least-squares mean response to each expression", ONE),
    "preferred": ("expression with the largest mean response", ""),
    "constant": ("1 where a unit responds alike to every stimulus", ONE),
    "selective": ("1 where a unit is selective for expression", ONE),
    **{
        f"{name}_{factor}": (f"{words} of {factor}", ONE)
        for factor in ("expression", "identity")
        for name, words in {
            "f": "F",
            "p": "p",
            "partial_eta_squared": "partial eta squared",
            "partial_omega_squared": "partial omega squared",
        }.items()
    },
}
"""Long name and unit by name of the variable; no unit of codes, which have meanings instead."""


def described(name: str) -> dict[str, str]:
    """Give the attributes ``long_name`` and ``units`` of a variable; none of an unknown one."""
    words, unit = DESCRIBED.get(name, ("", ""))
    found = {"long_name": words, "units": unit}
    return {key: value for key, value in found.items() if value}

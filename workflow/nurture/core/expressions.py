"""Names of expressions and continua, in the order of the paper's figures, and other labels."""

OBSERVERS = "observers"
"""Stands for a training where observers judged."""


EXPRESSIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
"""The six basic expressions, in the row order of Zhou et al. (2022), Figs. 2 and 4."""

NEUTRAL = "neutral"

NONE = "none"
"""Label of a stimulus to which a category does not apply, such as the expression of a morph."""

NOBODY = -1
"""Identity of a stimulus of which it is not known whom it shows."""

CONTINUA = (
    "happiness-anger",
    "happiness-fear",
    "anger-disgust",
    "happiness-sadness",
    "anger-fear",
    "disgust-fear",
    "disgust-sadness",
)
"""The seven morph continua of Zhou et al. (2022), Fig. 3, from first to second expression."""

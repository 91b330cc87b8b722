"""Colour, hatch and marker of everything that has a name: verdicts at a scan, verdicts on them, and steps of treatment.

One table each, used by every figure, so that a partial response looks the same in a waterfall, a swimmer plot and one
patient's panel. Each entry differs in colour and in hatch or marker: grey prints stay readable.

Colours: Okabe and Ito's.
"""

from typing import NamedTuple

import numpy as np

from ..errors import ParameterError, nearest


class Look(NamedTuple):
    """How one named thing is drawn."""

    colour: str
    hatch: str
    marker: str


CALLS = {
    "CR": Look("#009E73", "", "*"),
    "PR": Look("#56B4E9", "//", "v"),
    "SD": Look("#F0E442", "..", "s"),
    "NON_CR_NON_PD": Look("#CC79A7", "oo", "D"),
    "PD": Look("#D55E00", "xx", "^"),
    "NE": Look("#999999", "--", "_"),
}
# Words of other criteria that are drawn in a way of their own; all others are drawn as the plain word they end in.
UNCONFIRMED = Look("#E69F00", "\\\\", "p")  # progression nobody has confirmed yet
OWN_WORDS = {"iUPD": UNCONFIRMED, "uPD": UNCONFIRMED}
PRINTED = {"NON_CR_NON_PD": "non-CR/non-PD"}
VERDICTS = {
    "true response": Look("#009E73", "", "v"),
    "true progression": Look("#D55E00", "xx", "^"),
    "pseudo-progression": Look("#CC79A7", "//", "P"),
    "false progression": Look("#E69F00", "\\\\", "X"),
    "false response": Look("#F0E442", "oo", "D"),
    "missed progression": Look("#000000", "++", "s"),
}
STEPS = {
    "conditioning": Look("#56B4E9", "", "s"),
    "infusion": Look("#0072B2", "", "o"),
    "tocilizumab": Look("#D55E00", "", "v"),
    "dexamethasone": Look("#E69F00", "", "^"),
    "anakinra": Look("#CC79A7", "", "<"),
    "chemotherapy": Look("#009E73", "", "P"),
    "surgery": Look("#000000", "", "X"),
    "safety_switch": Look("#999999", "", "D"),
    "stop": Look("#FFFFFF", "", "X"),
}
READ = Look("#FFFFFF", "", "o")  # what a reader measured, without a verdict
EDGE = "0.25"  # of every bar and marker of an observation


def ink(colour):
    """The same colour, dark enough for a line on white paper."""
    from matplotlib.colors import to_rgb

    return tuple(0.8 * part for part in to_rgb(colour))


def call_look(word):
    """How a verdict at a scan is drawn, in the words of any criterion."""
    if word in OWN_WORDS:
        return OWN_WORDS[word]
    plain = next((c for c in CALLS if str(word).upper().endswith(c)), None)
    if plain is None:
        raise ParameterError(f"plot: verdict {word!r} is none of {', '.join(CALLS)}{nearest(str(word), CALLS)}")
    return CALLS[plain]


def printed(word):
    """A verdict as a reader writes it."""
    return PRINTED.get(word, str(word))


def step_look(step):
    """How a step of treatment is drawn."""
    if step not in STEPS:
        raise ParameterError(f"plot: step {step!r} is none of {', '.join(STEPS)}{nearest(step, STEPS)}")
    return STEPS[step]


def call_words(calls):
    """The verdicts of `simsolid.observe.observe` as words, from the codes that the variable itself explains."""
    words = dict(zip(np.atleast_1d(calls.attrs["flag_values"]), calls.attrs["flag_meanings"].split(), strict=True))
    return np.vectorize(lambda code: words[int(code)], otypes=[object])(calls.values)


def marked(ax, x, y, look, **kw):
    """Draw markers of an observation: filled, with a dark edge, so that they stand apart from the lines of the truth."""
    style = {"linestyle": "none", "marker": look.marker, "color": look.colour, "markeredgecolor": EDGE,
             "markeredgewidth": 0.7, "markersize": 7}  # fmt: skip
    return ax.plot(x, y, **style | kw)[0]


def patches(words, table):
    """Legend entries of bars."""
    from matplotlib.patches import Patch

    return [Patch(facecolor=table[w].colour, hatch=table[w].hatch, edgecolor=EDGE, label=printed(w)) for w in words]

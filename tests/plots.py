"""What the tests of figures share: small tables with a known answer, and figures closed after each test."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def clinic(many=6, arms=("A", "B")):
    """One row per arm and patient; patient k is followed for 70 (k + 1) days and dies if k is even."""
    k = np.arange(many)
    one = pd.DataFrame({
        "patient": k, "status": 0, "best_response": np.array(["PR", "SD", "PD"])[k % 3], "os_day": 70.0 * (k + 1),
        "died": k % 2 == 0, "first_response_day": np.where(k % 3 == 0, 28.0, np.nan),
        "response_duration": np.where(k % 3 == 0, 21.0, np.nan), "response_ended": k % 3 == 0,
        "progression_day": 49.0, "pfs_day": 49.0 + k, "pfs_event": True,
    })  # fmt: skip
    if not arms:
        return one
    return pd.concat([one.assign(os_day=one.os_day * (1 + n)).pipe(_arm, arm) for n, arm in enumerate(arms)], ignore_index=True)


def _arm(table, arm):
    table.insert(0, "arm", arm)
    return table


def ledger(patients=(0,), later=None):
    """Conditioning and cells as planned, tocilizumab by a rule on day 4.5, and cells again on day ``later``."""
    lines = []
    for patient in patients:
        lines += [(patient, -5.0, "plan", "conditioning", np.nan, ""), (patient, 0.0, "plan", "infusion", 3.75e8, "cell"),
                  (patient, 4.5, "fever", "tocilizumab", 8.0, "mg/kg")]  # fmt: skip
        lines += [(patient, later, "re-treat", "infusion", 3.75e8, "cell")] if later else []
    return pd.DataFrame(lines, columns=["patient", "day", "rule", "step", "amount", "unit"])


def markers(ax, marker):
    """The points drawn with this marker, as a list of places; legend entries have none."""
    lines = [line for line in ax.get_lines() if line.get_marker() == marker]
    return [point for line in lines for point in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def overlaps(texts):
    """Pairs of texts of a drawn figure that lie on each other."""
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts if t.get_text() and t.get_visible()]
    return [(a, b) for k, (a, one) in enumerate(boxes) for b, other in boxes[k + 1 :] if one.overlaps(other)]

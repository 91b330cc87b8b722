"""What is given, as a sentence: ``tocilizumab 8 mg/kg``, ``flu_cy conditioning and 1e8 cells intravenous``. Read, never run."""

import re

from simsolid.errors import nearest
from simsolid.steps import DRUGS, NUMBER, Conditioning, Drug, Infusion, Stop, Surgery, Switch

_NUMBER = rf"(?P<number>{NUMBER})"
_GIVEN = {
    re.compile(rf"{_NUMBER}\s+cells\s+(?P<route>\w+)"): lambda m: Infusion(float(m["number"]), m["route"]),
    re.compile(rf"{_NUMBER}\s*%\s+debulking(?:\s+of\s+(?P<sites>.+))?"): lambda m: Surgery(
        float(m["number"]) / 100.0, sites=tuple(re.split(r"\s*,\s*", m["sites"])) if m["sites"] else ()
    ),
    re.compile(r"(?P<name>\w+)\s+conditioning"): lambda m: Conditioning(m["name"]),
    re.compile(r"safety switch"): lambda m: Switch(),
    re.compile(r"stop"): lambda m: Stop(),
}
_SPOKEN = {"1": ("courses", "course")}  # what a bare number of a drug is called
_DRUG = re.compile(rf"(?P<name>\w+)\s+{_NUMBER}\s*(?P<unit>.*)")


def read_steps(text: str, faults: list[str]) -> tuple:
    """Read what is to be given; what cannot be read is added to the faults.

    Parameters
    ----------
    text : text
        One or several steps joined by ``and``.
    faults : texts
        Faults found so far.

    Returns
    -------
    Steps without a day

    Examples
    --------
    >>> read_steps("flu_cy conditioning and 1e8 cells intravenous", [])[1].cells
    100000000.0
    """
    found = [_step(part.strip(), faults) for part in re.split(r"\s+and\s+", text.strip())]
    return tuple(step for step in found if step is not None)


def _step(text: str, faults: list[str]):
    for shape, made in _GIVEN.items():
        if found := shape.fullmatch(text):
            return made(found)
    drug = _DRUG.fullmatch(text)
    if not drug:
        faults.append(f"give: '{text}' is no treatment; write such as 'tocilizumab 8 mg/kg', '1e8 cells intravenous', "
                      "'80 % debulking', 'flu_cy conditioning', 'safety switch' or 'stop'")  # fmt: skip
        return None
    name, unit = drug["name"], drug["unit"].strip()
    if name not in DRUGS:
        faults.append(f"give: drug '{name}' unknown{nearest(name, DRUGS)}; there are {', '.join(DRUGS)}")
        return None
    right = _SPOKEN.get(DRUGS[name].unit, (DRUGS[name].unit,))
    if unit not in right:
        faults.append(f"give: '{text}'; {name} is given in {right[0]}: write '{name} {drug['number']} {right[0]}'")
        return None
    return Drug(name, float(drug["number"]))

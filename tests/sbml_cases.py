"""Small SBML files, each showing one thing that a file may hold, and one for each thing that is refused."""

from tests.sbml_files import File, decay, libsbml


def concentrations():
    return (
        File(size=2.5)
        .species("a", amount=10.0)
        .species("b", concentration=1.0)
        .numbers(k=0.3)
        .reaction("pairs", "room * k * a * b", {"a": 2, "b": 1}, {"c": 0.5})
        .species("c", concentration=0.0)
    )


def amounts():
    return (
        File(size=2.5)
        .species("a", amount=10.0, only=True)
        .species("b", concentration=1.0, only=True)
        .numbers(k=0.03)
        .reaction("pairs", "k * a * b", {"a": 1, "b": 1})
        .reaction("made", "1.5", {}, {"b": 1})
    )


def boundaries():
    return (
        File(size=0.5)
        .species("outside", concentration=4.0, boundary=True)
        .species("held", amount=3.0, constant=True, boundary=True)
        .species("inside", concentration=0.0)
        .numbers(k=0.2)
        .species("surface", amount=5.0, room="skin")
        .room("skin", 3.0, 2)
        .reaction("enters", "room * k * (outside - inside) + k * held", {"outside": 1, "held": 1}, {"inside": 1})
        .reaction("leaves", "k * skin * surface", {"surface": 1}, {"inside": 1})
    )


def points():
    return File(size=None).room("spot", None, 0).species("n", amount=8.0, room="spot").reaction("goes", "0.2 * n", {"n": 1})


def locals_():
    return (
        File()
        .species("a", 5.0, only=True)
        .species("b", 0.0, only=True)
        .numbers(k=0.9, slow=0.05)
        .reaction("turns", "k * a", {"a": 1}, {"b": 1}, {"k": 0.3})
        .reaction("goes", "k * slow * b", {"b": 1}, {}, {"slow": 0.5})
    )


def functions():
    return (
        File()
        .function("hill", "lambda(x, half, n, x^n / (half^n + x^n))")
        .function("twice", "lambda(x, n, hill(hill(x, n, 2), 0.5, n))")
        .species("x", 3.0, only=True)
        .numbers(half=2.0, x0=1.0)
        .rate("x", "0.5 * hill(half, x, 3) - twice(x, 2) * 0.4 * x")
    )


def starts():
    return (
        File(size=2.0)
        .numbers(k=0.2, base=4.0)
        .number("twice")
        .number("sum", constant=False)
        .species("a", concentration=1.0)
        .species("b", amount=3.0)
        .first("twice", "2 * base + sum")
        .first("room", "1.5 * base")
        .first("a", "twice / base + time")
        .rule("sum", "b + base")
        .reaction("goes", "room * k * a + twice * 0.01 * room", {"a": 1}, {"b": 1})
    )


def rules():
    return (
        File(size=2.0)
        .numbers(k=0.2)
        .number("w", 1.0)
        .number("y")
        .number("z")
        .species("s", concentration=2.0)
        .species("r", concentration=3.0, boundary=True)
        .species("shown", concentration=0.0, boundary=True)
        .rule("z", "y * 2 + time")
        .rule("y", "w * k")
        .rate("w", "0.3 - 0.1 * w * s")
        .rate("r", "-0.1 * r * z")
        .rule("shown", "s + r")
        .reaction("goes", "room * k * s * shown", {"s": 1}, reads=["shown"])
    )


def branches():
    steps = "piecewise(1, (x > 1.5) && (time < 6), 2, (x <= 0.5) || !(time != 12), 0.5, xor(x > 1.2, time > 9, time > 100), 0.25)"
    return (
        File()
        .number("x", 2.0)
        .number("y", 1.0)
        .numbers(low=0.3)
        .rate("x", f"-0.05 * {steps} * x")
        .rate("y", "piecewise(-0.2 * y, 0.4 < y, -0.1) + 0.3 * piecewise(0, low == 0.3 && time >= 15, 1, 9 > time > 7, 0)")
    )


def clocks():
    return (
        File(time="hour")
        .number("x", 0.0)
        .number("pulse")
        .numbers(height=50.0)
        .rule("pulse", "piecewise(height, time / 2 > 150 && time < 300.5, 0)")
        .rate("x", "pulse - 0.01 * x + 0.001 * time")
    )


def doses():
    file = File(size=2.0).species("blood", concentration=0.0).species("gut", amount=0.0, only=True, boundary=True)
    file.numbers(ka=0.5, ke=0.2, late=5.3, amount=30.0).number("on", 0.0).number("blocked", 1.0)
    file.reaction("absorbed", "room * blocked * ka * (gut + on)", {}, {"blood": 1}, reads=["gut"]).reaction(
        "cleared", "room * ke * blood", {"blood": 1}
    )
    file.event("first", "time >= 0", initial=False, blood="blood + 3").event(
        "second", "late < time", blood="blood + amount / 2", gut="gut + 1"
    )
    file.event("opens", "time > 2.1", on="1.5").event("closes", "time - 0.25 >= 7", on="late / 10").event(
        "stops", "0.5 * time >= 6.1", blocked="0.25"
    )
    file.event("washed", "time >= 14.3", blood="late / 10").event("filled", "time > 15.1", gut="2", blood="blood + 1")
    return file.event("never", "time >= -1", blood="blood + 100")


def factors():
    file = (
        File(version=2)
        .species("a", 5.0, only=True, factor="mole")
        .species("b", 1.0, only=True)
        .numbers(mole=0.25, k=0.4, most=1.2)
    )
    file.reaction("goes", "k * a * share", {"a": 1}, {"b": 3}).number("seen").rule(
        "seen", "goes * 2 + max(a, b, 1) - min(b, most)"
    )
    file.model.getReaction("goes").getProduct("b").setId("share")
    file.model.setConversionFactor("k")
    return file.number("sure").rule("sure", "piecewise(1, implies(a > 2, b > 2), 0) + (a > 1) * 2")


def powers():
    return (
        File()
        .number("x", 1.5)
        .number("y", 2.0)
        .numbers(n=1.7)
        .rate("x", "0.2 * y^(-x) - 0.1 * root(3, x) - 0.01 * sqrt(x) + log10(y) * 0.05")
        .rate("y", "tanh(x) - 0.2 * y^n + abs(x - 1.6) * exp(-time) + ln(1 + x) * log(2, 3) * 0.01 + sinh(0.1) * cosh(x * 0.1)")
    )


def biomodels_form():
    """Kimmel 2021 in the form of its entry in BioModels (BIOMD0000001041): level 2, functions, concentrations, reactions."""
    file = File(level=2, version=4)
    file.unit("substance", {"item": (1, 1.0)}).unit("volume", {"litre": (1, 1e-3)}).unit("per_day", {"second": (-1, 86400.0)})
    file.function("growth", "lambda(r, n, c, k, -r * n * ln((n + c) / k))")
    file.function("killing", "lambda(g, b, c, k, g * b * (c / (k + c)))")
    file.species("N", concentration=6.0).species("C", concentration=0.36).species("B", concentration=94.86)
    file.species("all", concentration=6.36, boundary=True).rule("all", "N + C")
    file.number("r_N", 0.17, units="per_day").numbers(
        K_N=500.0, K_C=139.0, rho_C=0.0251, a=0.423, b=0.525, r_B=0.01, gamma_B=1.15
    )
    file.numbers(k_B=4.05).number("r_C", 0.5).rule("r_C", "rho_C + b * (all - K_N)^2 / (a * all^2 + (all - K_N)^2)")
    file.reaction("normal", "room * growth(r_N, N, C, K_N)", {}, {"N": 1}, reads=["C"])
    file.reaction("cart", "room * growth(r_C, C, N, K_C)", {}, {"C": 1}, reads=["N"])
    file.reaction("grows", "room * r_B * B", {}, {"B": 1})
    return file.reaction("dies", "room * killing(gamma_B, B, C, k_B)", {"B": 1}, {}, reads=["C"])


RUN = (concentrations, amounts, boundaries, points, locals_, functions, starts, rules, branches, clocks, doses, factors, powers)


def _fast():
    file = decay()
    file.model.getReaction("dies").setFast(True)
    return file


def _no_law():
    file = decay()
    file.model.getReaction("dies").unsetKineticLaw()
    return file


def _computed_share():
    file = decay().number("n", 2.0)
    part = file.model.getReaction("dies").getReactant("cells")
    part.setId("share")
    part.setConstant(False)
    return file.rule("share", "n")


def _stoichiometry_math():
    file = decay(level=2, version=4)
    file.model.getReaction("dies").getReactant("cells").createStoichiometryMath().setMath(libsbml.parseL3Formula("2 * loss"))
    return file


def _growing_room():
    file = decay()
    file.model.getCompartment("room").setConstant(False)
    return file.rate("room", "0.1")


REFUSED = {
    "algebraicRule: 0 = cells - 2 * total": lambda: decay().number("total", 50.0, constant=False).algebraic("cells - 2 * total"),
    "reaction 'dies': fast": _fast,
    "reaction 'dies': no kinetic law": _no_law,
    "reaction 'dies': stoichiometryMath of 'cells'": _stoichiometry_math,
    "reaction 'dies': stoichiometry 'share' of 'cells' is computed": _computed_share,
    "compartment 'room': its size changes, by a rule": _growing_room,
    "event 'e': a delay": lambda: decay().event("e", "time > 5", delay="2", cells="cells + 1"),
    "event 'e': its trigger is not one comparison of time with a constant": lambda: decay().event(
        "e", "cells < 50", cells="cells + 1"
    ),
    "event 'e': its trigger holds until a time, not from a time on": lambda: decay().event(
        "e", "time < 5", initial=False, cells="cells + 1"
    ),
    "event 'e': changes state 'cells' in a way that is no dose (neither": lambda: decay().event(
        "e", "time > 5", cells="cells / 2"
    ),
    "events: set 'cells' and change it at the same time": lambda: (
        decay().event("e", "time > 5", cells="30").event("f", "time > 5", cells="cells + 1")
    ),
    "event 'e': gives 'loss' a value that is not constant": lambda: decay().event("e", "time > 5", loss="cells / 100"),
    "events 'e', 'f': set 'loss' at the same time": lambda: (
        decay().event("e", "time > 5", loss="1").event("f", "time > 5", loss="2")
    ),
    "rateRule of 'x': a delay in its formula": lambda: decay().number("x", 1.0).rate("x", "delay(cells, 2)"),
    "rateRule of 'x': rateOf in its formula": lambda: decay(version=2).number("x", 1.0).rate("x", "rateOf(cells)"),
    "rateRule of 'x': 'sin' with 1 argument in its formula": lambda: decay().number("x", 1.0).rate("x", "sin(time)"),
    "assignmentRule of 'x': 'floor' with 1 argument in its formula": lambda: decay().number("x", 1.0).rule("x", "floor(time)"),
    "rateRule of 'x': piecewise without otherwise": lambda: decay().number("x", 1.0).rate("x", "piecewise(1, time > 2)"),
    "parameter 'k' has no value": lambda: decay().number("k").number("x", 1.0).rate("x", "k"),
    "reaction 'r': parameter 'k' has no value": lambda: decay().reaction(
        "r", "k * cells", {"cells": 1}, local={"k": float("nan")}
    ),
    "species 'other' has no initial amount or concentration": lambda: (
        decay().species("other", only=True).reaction("r", "loss * other", {"other": 1})
    ),
    "compartment 'room' has no size": lambda: (
        File(size=None).room("room", None).species("s", concentration=1.0).reaction("r", "s", {"s": 1})
    ),
    "time: the file does not say its unit; pass time_unit='day'": lambda: decay(time=None),
    "the default of level 2, a second, is rarely meant": lambda: decay(level=2, version=4, time=None),
    "nothing in it changes": lambda: File().numbers(k=1.0),
    "x starts at inf; a start must be a finite number": lambda: (
        File().number("x").numbers(z=0.0).first("x", "1 / z").rate("x", "-x")
    ),
}

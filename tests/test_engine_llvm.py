"""What only the machine code has: its functions, its cache, its vectors; and that it agrees with the NumPy engine."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import simsolid as sim
from simsolid.engines import ir, irmath, jit
from simsolid.engines.integrate import chosen, integrate
from simsolid.errors import ParameterError
from simsolid.trace import trace
from tests import problems
from tests.cart_problem import cart

HARD = np.array([0.0, -0.0, 5e-324, 1e-310, 2.3e-308, 1e-9, 0.5, 0.7071067811865475, 1.0, 2.0, 1e300, 1.7e308, np.inf, np.nan])
BASES = np.concatenate([np.geomspace(1e-9, 1e12, 43), -np.geomspace(1e-9, 1e3, 9), [0.0]])
EXPONENTS = np.array([0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.75, 1.6, -0.3, 12.5])


def vectorised(write, *given):
    """Run a function of `irmath` on arrays."""
    lanes, many = jit.lanes(), len(given)
    code = ir.Code("define void @each(ptr %in, ptr %out)", lanes)
    code.put(write(code, *(code.get("%in", k) for k in range(many))), "%out")
    call = jit.function(irmath.declared(lanes) + "\n\n" + code.text(), "each")
    size = -(-len(given[0]) // lanes) * lanes
    padded = [np.concatenate([np.asarray(one, dtype=float), np.ones(size - len(one))]).reshape(-1, lanes) for one in given]
    room, found = np.zeros((many + 1) * lanes + 8), []
    room = room[-room.ctypes.data % 64 // 8 :][: (many + 1) * lanes]
    for rows in zip(*padded, strict=True):
        room[: many * lanes] = np.concatenate(rows)
        call(room.ctypes.data, room[many * lanes :].ctypes.data)
        found.append(room[many * lanes :].copy())
    return np.concatenate(found)[: len(given[0])]


def close(found, exact, units=4):
    """Equal to within some units in the last place; a number below the smallest normal one to within one of its steps."""
    with np.errstate(all="ignore"):
        slack = np.maximum(units * np.spacing(np.abs(exact)), 5e-324)
        good = (np.abs(found - exact) <= slack) | (found == exact) | (np.isnan(found) & np.isnan(exact))
    assert good.all(), np.column_stack([found, exact])[~good]


def test_exponential_is_right_to_a_few_units_in_the_last_place():
    x = np.concatenate([np.linspace(-750, 715, 4001), [0.0, 1e-300, -1e-300, np.inf, -np.inf, np.nan]])
    with np.errstate(over="ignore"):
        close(vectorised(irmath.exp, x), np.exp(x))


def test_logarithm_is_right_to_a_few_units_in_the_last_place():
    x = np.concatenate([np.geomspace(1e-320, 1e308, 4001), np.linspace(0.5, 2.0, 1001), HARD, [-1.0, -np.inf]])
    with np.errstate(all="ignore"):
        close(vectorised(irmath.log, x), np.log(x))


def test_power_is_right_wherever_it_has_a_value():
    """Its error grows with the size of the exponent times the logarithm: that many units in the last place."""
    a, b = (grid.ravel() for grid in np.meshgrid(BASES, EXPONENTS))
    with np.errstate(all="ignore"):
        exact = np.power(a, b)
        close(vectorised(irmath.power, a, b), exact, units=4 + 2 * np.abs(b * np.log(np.maximum(np.abs(a), 1e-300))))


def test_root_is_exact():
    x = np.concatenate([np.geomspace(1e-300, 1e300, 99), [0.0, np.inf]])
    assert np.array_equal(vectorised(irmath.sqrt, x), np.sqrt(x))


def test_a_lane_has_the_same_bits_wherever_it_stands():
    x = np.linspace(-3, 3, 37)
    assert np.array_equal(vectorised(irmath.exp, x)[::-1], vectorised(irmath.exp, x[::-1].copy()))


DECAY = trace(lambda t, x, p: [-p[0] * x[0]], ["cells"], ["loss_rate"])


def decayed(**more):
    given = {"begin": 0.0, "times": [0.0, 5.0], "outputs": ["cells"], "atol": [1e-9], "rtol": 1e-8} | more
    return integrate(DECAY, np.ones((1, 9)), np.linspace(0.1, 0.9, 9)[None], engine="llvm", **given)


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """An empty cache, and nothing compiled in this process."""
    from simsolid.engines import llvm

    monkeypatch.setenv("SIMSOLID_CACHE", str(tmp_path / "deep" / "cache"))
    monkeypatch.setattr(llvm, "_LEGS", {})
    monkeypatch.setattr(llvm, "_READERS", {})
    return tmp_path / "deep" / "cache"


def test_machine_code_is_kept_and_found_again(kept, monkeypatch):
    from simsolid.engines import llvm

    exact = np.exp(-5 * np.linspace(0.1, 0.9, 9))
    assert decayed().values[0, :, 1] == pytest.approx(exact, rel=1e-6)
    files = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert len(files) == 2 and all(path.suffix == ".o" for path in files)
    for name in ("_LEGS", "_READERS"):
        monkeypatch.setattr(llvm, name, {})
    monkeypatch.setattr(jit, "_made", lambda text, effort: pytest.fail("compiled again"))
    assert decayed().values[0, :, 1] == pytest.approx(exact, rel=1e-6)
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == files


def test_code_made_in_a_hurry_gives_the_bits_of_good_code(kept, monkeypatch):
    """The first patients run on code that is quick to make; after enough of them good code takes over."""
    from simsolid.engines import llvm

    made = []
    whole = jit._made
    monkeypatch.setattr(jit, "_made", lambda text, effort: made.append(effort) or whole(text, effort))
    problem = cart(5, days=31)
    hurried = problem.solve(1e-6, engine="llvm")
    assert set(made) == {jit.QUICK}
    monkeypatch.setattr(llvm, "_WORTHWHILE", 4)
    good = problem.solve(1e-6, engine="llvm")
    assert made[-1] == jit.GOOD and np.array_equal(good.values, hurried.values) and np.array_equal(good.steps, hurried.steps)


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_damaged_machine_code_is_made_anew(kept, monkeypatch, caplog, damage):
    from simsolid.engines import llvm

    before = decayed().values
    for path in kept.iterdir():
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    for name in ("_LEGS", "_READERS"):
        monkeypatch.setattr(llvm, name, {})
    assert np.array_equal(decayed().values, before)
    assert ("damaged" in caplog.text) == (damage != b"")


def test_a_folder_that_cannot_be_written_does_no_harm(monkeypatch, tmp_path, kept):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SIMSOLID_CACHE", str(tmp_path / "file" / "cache"))
    assert np.isfinite(decayed().values).all()


def test_several_writers_leave_whole_files(kept):
    text = irmath.declared(1) + "\n\ndefine void @nothing(ptr %a, ptr %b) {\n  ret void\n}"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: jit._kept(text, jit.GOOD), range(16)))
    assert len(set(made)) == 1 and [path.suffix for path in kept.iterdir()] == [".o"]


NARROW = """
import numpy as np
from simsolid.engines import jit
from tests import problems
from tests.cart_problem import cart
print(jit.lanes())
found = cart(9, days=31).solve(1e-6, engine="llvm").values
np.save({out!r}, found)
"""


@pytest.mark.parametrize("masked", ["avx512", "avx512,avx2,avx,fma"])
def test_a_processor_with_narrower_vectors_gives_the_same(tmp_path, masked):
    from tests.cart_problem import cart

    out = str(tmp_path / "narrow.npy")
    env = os.environ | {"SIMSOLID_MASK": masked, "SIMSOLID_CACHE": ""}
    done = subprocess.run([sys.executable, "-c", NARROW.format(out=out)], env=env, capture_output=True, text=True, check=True)
    assert int(done.stdout) <= (4 if masked == "avx512" else 2)
    np.testing.assert_allclose(np.load(out), cart(9, days=31).solve(1e-6, engine="llvm").values, rtol=1e-5, atol=1e-3)


def test_a_small_model_takes_more_lanes_and_gives_the_same(monkeypatch):
    from simsolid.engines import llvm
    from simsolid.engines.plan import plan_of
    from tests.cart_problem import cart

    problem = cart(9, days=31)
    wide = problem.solve(1e-6, engine="llvm").values
    taken = llvm.lanes_of(plan_of(problem.traced()))
    monkeypatch.setattr(llvm, "_SMALL", 0)
    assert taken >= llvm.lanes_of(plan_of(problem.traced())) == jit.lanes()
    assert np.array_equal(problem.solve(1e-6, engine="llvm").values, wide)


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_changes_no_bit(monkeypatch, workers):
    from tests.cart_problem import cart

    problem = cart(40, days=31)
    usual = problem.solve(1e-5, engine="llvm")
    monkeypatch.setenv("SIMSOLID_WORKERS", str(workers))
    again = problem.solve(1e-5, engine="llvm")
    assert np.array_equal(usual.values, again.values) and np.array_equal(usual.steps, again.steps)


def test_engines_agree_in_values_statuses_and_acts_of_the_house_model():
    people = sim.draw(sim.load("gastric"), patients=24, seed=7)
    plan = sim.Regimen.single(1e9).with_rules("standard")
    fast, slow = (sim.simulate(people, plan, days=40, rtol=1e-7, engine=name, progress=False) for name in ("llvm", "numpy"))
    assert (fast.attrs["engine"], slow.attrs["engine"]) == ("llvm", "numpy")
    assert (fast["status"] == slow["status"]).all()
    for name in ("cart_blood", "il6", "temperature", "viable_volume"):
        # A tocilizumab dose given 1e-7 d earlier moves a steep rise by more than the tolerance of a state.
        np.testing.assert_allclose(fast[name], slow[name], rtol=1e-4, atol=1e-6)
    acts, others = sim.ledger(fast), sim.ledger(slow)
    assert acts.drop(columns=["day", "value"]).equals(others.drop(columns=["day", "value"]))
    np.testing.assert_allclose(acts["day"], others["day"], atol=1e-4)


def test_a_failed_patient_fails_with_the_same_words_in_both_engines():
    runaway = trace(lambda t, x, p: [p[0] * x[0] * x[0]], ["cells"], ["rate"])
    start, rate = np.ones((1, 5)), np.array([[0.1, 0.2, 0.9, 0.3, 0.05]])
    found = [integrate(runaway, start, rate, begin=0.0, times=[0.0, 2.0], outputs=["cells"], atol=[1e-9], engine=name)
             for name in ("llvm", "numpy")]  # fmt: skip
    assert found[0].status.tolist() == found[1].status.tolist() and found[0].status[2] != 0
    assert found[0].culprit.tolist() == found[1].culprit.tolist()
    assert found[0].stopped[2] == pytest.approx(found[1].stopped[2], rel=1e-6)
    assert np.isfinite(found[0].values[:, [0, 1, 3, 4]]).all()


def test_a_model_too_dense_to_write_out_is_solved_with_pivoting_all_the_same(monkeypatch):
    monkeypatch.setattr("simsolid.engines.elimination.FILL_LIMIT", 0)
    problem = problems.coupled(size=20, seed=2)
    assert problem.error(problem.solve(1e-6, engine="llvm").values).max() < 1e-5


@pytest.mark.parametrize(("name", "told"), [("lvm", "did you mean 'llvm'"), ("fortran", "there are auto, llvm, numpy")])
def test_an_unknown_engine_is_refused_with_the_nearest(name, told):
    with pytest.raises(ParameterError, match=told):
        sim.simulate(sim.load("gastric"), sim.Regimen.none(), days=1, engine=name)


def test_without_llvmlite_numpy_does_the_work_and_machine_code_is_refused(monkeypatch):
    monkeypatch.delenv("SIMSOLID_ENGINE", raising=False)
    monkeypatch.setattr("simsolid.engines.integrate.available", lambda: False)
    assert chosen() == "numpy"
    with pytest.raises(ParameterError, match=r"pip install 'simsolid\[fast\]'"):
        chosen("llvm")

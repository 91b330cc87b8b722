"""Reported trials: files that say what is wrong, endpoints against tables worked by hand, conduct in virtual patients."""



import simsolid as sim
from simsolid.files import available
from simsolid.trials.files import trials

ALL = trials()


# Files ------------------------------------------------------------------------------------------------------------------


def test_every_trial_is_read_and_at_least_the_asked_for_are_there():
    assert {one.name for one in ALL} == set(available("trials"))
    pairs = {one.pair for one in ALL}
    assert {"gastric-cldn18_2", "b_all-cd19", "hepatocellular-gpc3", "colorectal-gucy2c", "nsclc-egfr", "pancreatic-egfr",
            "biliary-egfr", "neuroblastoma-gd2", "diffuse_midline_glioma-gd2", "glioblastoma-il13ra2",
            "glioblastoma-egfr_il13ra2", "mesothelioma-mesothelin", "colorectal-cea"} <= pairs  # fmt: skip


def test_second_hand_observations_are_fitted_only_where_the_file_says_why():
    second_hand = [one for trial in ALL for one in trial.used("fit") if one.basis == "secondary"]
    assert second_hand and all(one.note for one in second_hand)


def test_the_randomised_gastric_trial_holds_nothing_that_was_observed():
    trial = sim.trial("gastric_satri_randomised")
    assert {one.use for one in trial.endpoints} == {"predicted"}
    assert all(one.value is one.events is one.source or not one.source for one in trial.endpoints)
    assert [arm.patients for arm in trial.arms] == [104, 52]

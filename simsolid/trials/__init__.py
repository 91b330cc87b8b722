"""Trials that were reported, as data: how each was conducted, what was seen, and the same read off simulated patients.

A file of ``params/trials`` holds one trial: setting, arms, schedule, criterion and endpoints. `conduct` gives virtual patients
that trial and reads every endpoint with the trial's own definition, by the same ``observe`` and ``assess`` as any run.
"""

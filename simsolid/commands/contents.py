"""Commands about what the files hold: list, check, tabulate and cite them."""

import sys

import click

from simsolid.errors import ParameterError

LISTED = ("tumours", "targets", "products", "routes", "models", "rules", "trials", "calibrations")
FORMATS = ("text", "markdown", "csv", "latex")


@click.command("list")
@click.argument("what", type=click.Choice(LISTED))
def listed(what):
    """List tumours, targets, products, routes, models, sets of rules, reported trials or calibrations."""
    from simsolid.calibrate.plans import plan
    from simsolid.files import available
    from simsolid.load import layer
    from simsolid.models import GALLERY, MODELS
    from simsolid.rulebook import title
    from simsolid.trials.files import trial

    titles = {"rules": title, "trials": lambda name: trial(name).title, "calibrations": lambda name: plan(name).title}
    wide = max(26, *map(len, available(what))) if what != "models" else 26
    if what == "models":
        for name, model in (MODELS | GALLERY).items():
            click.echo(f"{name:26} {sys.modules[model.rates.__module__].__doc__.splitlines()[0]}")
        return
    for name in available(what):
        told = titles[what](name) if what in titles else layer(what, name).title
        click.echo(f"{name:{wide}} {told}")


@click.command("rules")
@click.argument("source")
def told_rules(source):
    """Print the rules of a set, by NAME or from a .toml file, as sentences; or list its faults."""
    from simsolid.rulebook import rules, title

    click.echo("\n".join([title(source), *(f"  {rule}" for rule in rules(source))]))


@click.group()
def params():
    """Check and tabulate parameter files."""


@params.command()
@click.argument("files", nargs=-1, type=click.Path())
def check(files):
    """Check parameter FILES, or all that are shipped; list every fault."""
    from pathlib import Path

    from simsolid.calibrate.plans import plan
    from simsolid.files import FOLDERS, available, layer_path
    from simsolid.load import read_file
    from simsolid.rulebook import rules
    from simsolid.trials.files import trial

    readers = {"rules": rules, "trials": trial, "calibrations": plan}
    paths = list(files) or [layer_path(kind, name) for kind in FOLDERS for name in available(kind)]
    faults = []
    for path in paths:
        try:
            readers.get(Path(path).parent.name, read_file)(path)
        except ParameterError as fault:
            faults.append(str(fault))
    if faults:
        raise ParameterError("\n".join(faults))
    click.echo(f"{len(paths)} files: no faults")


@params.command()
@click.argument("tumour", required=False)
@click.option("--target")
@click.option("--product")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
def table(tumour, target, product, form):
    """Print the parameters of a setting, or of all files, with unit, range, basis and source."""
    from simsolid.files import KINDS, available
    from simsolid.load import layer, load
    from simsolid.tables import table as tabulate

    every = [layer(kind, name) for kind in KINDS for name in available(kind)] if tumour is None else None
    click.echo(tabulate(every if every is not None else load(tumour, target, product), form))


@click.command()
@click.argument("tumour")
@click.option("--target")
@click.option("--product")
@click.option("--bibtex", is_flag=True, help="Print BibTeX instead of the readable list.")
def cite(tumour, target, product, bibtex):
    """Print what a setting relies on and how much of it is assumed."""
    from simsolid.cite import cite as sources
    from simsolid.load import load

    found = sources(load(tumour, target, product))
    click.echo(found.bibtex() if bibtex else found.text())


@click.command()
@click.argument("rows", nargs=-1, required=True)
def evidence(rows):
    """Print what sources found, by the ROWS that parameters and trials name, such as C003 or f_lung0."""
    from simsolid.evidence import told

    click.echo(told(*rows))

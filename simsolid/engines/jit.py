"""Make machine code of a module in LLVM's intermediate language, and keep it on disk.

What is kept is named by a hash of the text, the processor and the compiler, so that nothing stale is ever run; it is written
beside and moved into place, so that several writers do no harm; and it carries a checksum, so that a damaged file is made anew.
"""

import ctypes
import hashlib
import logging
import os
import tempfile
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

# Features by which the width of a vector is chosen, the widest first: 8 doubles need AVX-512.
_LANES = (("avx512f", 8), ("avx2", 4), ("sse2", 2), ("neon", 2))
# Efforts of the code generator: five times slower to compile, good code runs nearly twice as fast. The bits are the same.
QUICK, GOOD = 0, 1
_CHECKSUM = 32  # [byte]
_KEEP = []  # machine code lives as long as the process


@cache
def available() -> bool:
    """Whether machine code can be made here: llvmlite is installed and knows this processor."""
    try:
        _target()
    except (ImportError, OSError, RuntimeError) as fault:
        log.info("no machine code: %s", fault)
        return False
    return True


@cache
def _binding():
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def processor() -> tuple[str, str]:
    """Name and features of the processor, as the compiler is told.

    ``SIMSOLID_MASK`` names features to leave unused, apart by commas.
    """
    llvm = _binding()
    masked = {name.strip() for name in os.environ.get("SIMSOLID_MASK", "").split(",")}
    features = llvm.get_host_cpu_features()
    for name in features:
        if any(name.startswith(each) for each in masked if each):
            features[name] = False
    return llvm.get_host_cpu_name(), features.flatten()


@cache
def lanes() -> int:
    """How many doubles fit in the widest vector of this processor."""
    given = set(processor()[1].split(","))
    return next((width for name, width in _LANES if f"+{name}" in given), 1)


@cache
def _target(effort=GOOD):
    llvm, (name, features) = _binding(), processor()
    # Machines with AVX-512 prefer half of it unless told otherwise.
    wide = ",-prefer-256-bit" if lanes() == 8 else ""
    return llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features + wide, opt=effort, jit=True)


def compiled(text: str, name: str, effort: int = GOOD) -> int:
    """Address of a function of a module, compiled now or at some earlier time.

    Parameters
    ----------
    text : text
        The module.
    name : text
        The function.
    effort : [1], one
        QUICK or GOOD.

    Returns
    -------
    [1], one
    """
    llvm = _binding()
    code = _kept(text, effort)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _KEEP.append(engine)
    return engine.get_function_address(name)


def function(text: str, name: str, effort: int = GOOD):
    """A function of two addresses in a module; other threads go on while it runs.

    Parameters
    ----------
    text, name, effort : texts and number
        As for :func:`compiled`.
    """
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(compiled(text, name, effort))


def at_hand(text: str, effort: int = GOOD) -> bool:
    """Whether the machine code of a module is on disk already.

    Parameters
    ----------
    text, effort : text and number
        As for :func:`compiled`.
    """
    folder = cache_folder()
    return folder is not None and _path(folder, text, effort).exists()


def _path(folder, text, effort):
    return folder / f"{_name_of(text, effort)}.o"


def _kept(text, effort):
    """Machine code of a module, from disk if it is there and whole."""
    folder = cache_folder()
    if folder is None:
        return _made(text, effort)
    path = _path(folder, text, effort)
    try:
        found = path.read_bytes()
    except OSError:
        found = b""
    if found[:_CHECKSUM] == hashlib.sha256(found[_CHECKSUM:]).digest():
        return found[_CHECKSUM:]
    if found:
        log.warning("machine code: %s is damaged; made anew", path)
    made = _made(text, effort)
    _keep(path, hashlib.sha256(made).digest() + made)
    return made


def _name_of(text, effort):
    llvm = _binding()
    parts = (text, *processor(), str(llvm.llvm_version_info), str(effort))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _made(text, effort):
    llvm = _binding()
    module = llvm.parse_assembly(text)
    module.verify()
    return _target(effort).emit_object(module)


def _keep(path, content):
    """Write beside and move: a reader sees the whole file or none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)
    except OSError as fault:
        log.info("machine code: cannot keep it in %s (%s); it is made anew each time", path.parent, fault.strerror)


def cache_folder() -> Path | None:
    """Where machine code is kept: ``SIMSOLID_CACHE``, else the user's usual place; None where neither is known.

    An empty ``SIMSOLID_CACHE`` keeps nothing.
    """
    named = os.environ.get("SIMSOLID_CACHE")
    if named is not None:
        return Path(named) if named else None
    usual = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    try:
        return (Path(usual) if usual else Path.home() / ".cache") / "simsolid"
    except RuntimeError:  # no home
        return None

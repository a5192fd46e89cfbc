"""What a run has planned with, so that nothing that changes in mid-run slips into a result.

A run's main process keeps its configuration and a digest of what each job was planned with in a
file, and hands the file's name on in an environment variable. A job on a cluster parses the
Snakefile again: it takes the configuration from there, whatever the files of the configuration say
by then. And each job, wherever it runs, compares itself with the plan, its code with its files and
what users bring with what it was, when it starts and when it ends; see `unchanged`.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from nurture.core.digest import PACKAGE, code_digest
from nurture.core.errors import NurtureError
from nurture.core.file_digest import changed_contents, content_files

VARIABLE = "NURTURE_PLAN"
"""Environment variable with the path of the plan; empty where there is none."""

FOLDER = Path(".snakemake") / "nurture_plans"
DIGESTS = Path(".snakemake") / "nurture_digests"
BROUGHT = ("contents", "given")
"""Parameters that hold digests of what users bring, by what it is; see `contents_of`."""

PREAMBLE = "######## snakemake preamble end #########\n"
"""What Snakemake writes between its own part of a script and the script."""

WORKFLOW = Path(__file__).parents[2]
CHANGED = "{} changed since this run was planned; nothing was written; run snakemake again"
AT_WORK = "{} changed while this job was at work; nothing was written; run snakemake again"
GONE = (
    "{}: the plan of this run is not there: another run has begun in this folder, or this one was "
    "called with --no-hooks; run snakemake again"
)


def name_plan(hooks: bool = True) -> None:
    """Name the plan's place to the jobs of this run; without Snakemake's hooks there is none."""
    path = FOLDER / f"{os.getpid()}-{os.urandom(4).hex()}.json"
    os.environ[VARIABLE] = str(path) if hooks else ""


def write_plan(config: object, jobs: Iterable) -> None:
    """Write the plan of Snakemake's jobs before the first begins, and delete earlier ones."""
    planned = {str(job.output[0]): _digests(job) for job in jobs if job.output}
    with suppress(OSError):
        for old in FOLDER.iterdir():
            old.unlink()
    path = Path(os.environ[VARIABLE])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"config": config, "jobs": planned}), encoding="utf-8")
    part.replace(path)


def planned_config():
    """Read the configuration that a run was planned with, in one of its jobs, if it is there."""
    return _plan()["config"]


def _plan() -> dict:
    path = os.environ.get(VARIABLE, "")
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError:
        raise NurtureError(GONE.format(path or VARIABLE)) from None


def _digests(job) -> dict[str, str]:
    """Digest of each thing that a job was planned with, by a name for users."""
    about = f"of rule {getattr(job.rule, 'name', job.rule)}"
    held = {
        f"the input {about}": list(map(str, job.input)),
        f"the output {about}": list(map(str, job.output)),
    }
    for name, value in job.params.items():
        if name in BROUGHT:
            held |= {what.partition(" ")[2]: digest for what, digest in value.items()}
        else:
            held[f"the code {about}" if name == "code" else f"parameter {name} {about}"] = value
    texts = {name: json.dumps(value, sort_keys=True, default=str) for name, value in held.items()}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in texts.items()}


def package_state(root: Path) -> str:
    """Digest of all files of the package as they are, on which each digest of code depends."""
    total = hashlib.sha256()
    for path in sorted((root / PACKAGE).rglob("*.py")):
        total.update(f"\0{path}\0".encode() + path.read_bytes())
    return total.hexdigest()[:32]


def kept_digest(script: Path, root: Path, state: str, text: str = "", function: str = "") -> str:
    """Look a digest of code up where an earlier call has kept it, or find and keep it.

    It is `nurture.core.digest.code_digest`, of a `text` where that is not what the script's file
    holds. What was kept of another `state` than `package_state` says of `root` is deleted.
    """
    text = text or script.read_text(encoding="utf-8")
    name = hashlib.sha256(f"{function}\0{text}".encode()).hexdigest()[:32]
    kept = DIGESTS / state / name
    with suppress(OSError, ValueError):
        if re.fullmatch("[0-9a-f]{16}", found := kept.read_text(encoding="ascii")):
            return found
    found = code_digest(script, root, text, function)
    with suppress(OSError):
        for old in DIGESTS.glob("*") if not kept.parent.is_dir() else ():
            shutil.rmtree(old, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(found, encoding="ascii")
        part.replace(kept)
    return found


@contextmanager
def unchanged(snakemake) -> Iterator[None]:
    """Do a job's work if it is as it was planned, and refuse the result if it no longer is.

    What is switched and switched back is noticed too. The script is the text that runs, which
    Snakemake may have kept from an earlier job; the modules that it has loaded must be older than
    its process, and the files that users bring are in the end the ones that they were: the job's
    parameters have a digest of its ``code``, and of files as `contents_of` has them.
    """
    params = dict(snakemake.params.items())
    contents = {what: was for name in BROUGHT for what, was in params.get(name, {}).items()}
    text = Path(sys.argv[0]).read_text(encoding="utf-8").split(PREAMBLE)[-1]
    _check(snakemake, text, contents)
    loaded, before = _loaded(), _states(content_files(contents))
    _refuse(CHANGED, _newer(loaded))
    yield
    _check(snakemake, text, contents)
    after = _states(content_files(contents))
    touched = sorted(path for path in before | after if before.get(path) != after.get(path))
    _refuse(AT_WORK, [*touched, *_newer(_loaded() - loaded)])


def _check(snakemake, text: str, contents: Mapping[str, str]) -> None:
    changed = changed_contents(contents)
    try:
        function = snakemake.params.get("function", "")
        now = kept_digest(Path(sys.argv[0]), WORKFLOW, package_state(WORKFLOW), text, function)
        same = now == snakemake.params.code
    except (OSError, ValueError, SyntaxError):
        same = False
    if not same:
        changed.append(f"the code of rule {snakemake.rule}")
    if os.environ.get(VARIABLE):
        planned = _plan()["jobs"].get(str(snakemake.output[0]), {})
        now = _digests(snakemake)
        names = [name for name in now | planned if now.get(name) != planned.get(name)]
        changed += [name for name in names if name not in changed]
    _refuse(CHANGED, changed)


def _refuse(why: str, what: Iterable[object]) -> None:
    if names := [str(one) for one in what]:
        raise NurtureError(why.format(", ".join(names[:3]) + " and more" * (len(names) > 3)))


def _loaded() -> set[Path]:
    """Files of the modules of this package that this process has loaded."""
    modules = [m for name, m in sys.modules.items() if name.split(".")[0] == PACKAGE]
    return {Path(m.__file__) for m in modules if getattr(m, "__file__", None)}


def _newer(paths: Iterable[Path]) -> list[Path]:
    """Those files that were written to since Snakemake wrote the script that this process runs."""
    began = os.stat(sys.argv[0]).st_ctime_ns
    return sorted(path for path in paths if path.stat().st_ctime_ns > began)


def _states(paths: Iterable[Path]) -> dict[Path, tuple]:
    states = {path: path.stat() for path in paths if path.is_file()}
    return {p: (s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for p, s in states.items()}

# What a rule's environment holds is a parameter of the rule. Snakemake's own trigger knows conda
# environments where conda makes them, and nothing of those that pip makes from requirements.lock,
# which has the same versions. With this an upgraded package reruns the rules of its environment.
#
# The same is true of what the files say that users bring and that rules name as an input: by
# content, as far as it is understood, and not by time or by a checksum of all their bytes.
from snakemake.io import ancient

from nurture.core.file_digest import contents_of
from nurture.core.digest import environment_digest


def given(rule):
    """Files in the input of a rule that no rule makes."""
    results = ("<results>/", f"{config['results']}/")
    named = [path for path in rule.input if isinstance(path, str)]
    return [path for path in named if not path.startswith(results)]


for step in workflow.rules:
    if step.output:
        step.set_params(
            software=environment_digest(WORKFLOW / "rules" / str(step.conda_env)),
            given=contents_of(f"data {path}" for path in given(step)),
        )
        for path in given(step):
            path._file = ancient(str(path))

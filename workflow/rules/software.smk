# What a rule's environment holds is a parameter of the rule. Snakemake's own trigger knows conda
# environments where conda makes them, and nothing of those that pip makes from requirements.lock,
# which has the same versions. With this an upgraded package reruns the rules of its environment.
from nurture.digest import environment_digest

for step in workflow.rules:
    if step.output:
        step.set_params(
            software=environment_digest(WORKFLOW / "rules" / str(step.conda_env))
        )

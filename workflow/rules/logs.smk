# Log and benchmark of every rule bear its name, and then its wildcards as its output has them.
import re

for step in workflow.rules:
    if step.output:
        parts = dict.fromkeys(re.findall(r"{(\w+)", step.output[0]))
        place = Path(step.name, *(f"{{{part}}}" for part in parts)).as_posix()
        step.log_modifier = step.benchmark_modifier = step.output_modifier
        step.set_log(f"<results>/logs/{place}.log")
        step.benchmark = f"<results>/benchmarks/{place}.tsv"

# Where a profile sends jobs to a partition, small steps share a job: those of a stimulus set, those
# of a network's layers, all tables and figures. Networks, forward passes and the judge have jobs of
# their own. The profile says how many steps share one at most.
if "slurm_partition" in (workflow.resource_settings.default_resources or {}):
    for step in workflow.rules:
        if "layer" in step.wildcard_names:
            step.group = "analysis_{network}"
        elif "stimuli" in step.wildcard_names:
            step.group = "stimuli_{stimuli}"
        elif step.output and "extract.yaml" not in str(step.conda_env):
            step.group = "tables"
    if not workflow.is_main_process:
        # One step after another, whatever else the node has: memory is asked for one.
        workflow.global_resources["_cores"] = int(
            os.environ.get("SLURM_CPUS_PER_TASK", 1)
        )

if workflow.is_main_process and "snakemake_executor_plugin_slurm" in sys.modules:
    from nurture.running import slurm

    slurm.register(Path(config["results"], "logs", "slurm"))

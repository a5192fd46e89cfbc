from nurture.core.files import open_dataset, write_table
from nurture.decoding import populations_tables as tables
from nurture.running.script import step

with step(snakemake):
    decoded, ablated = (
        [open_dataset(path, "populations", ["hits"]) for path in snakemake.input[name]]
        for name in ("populations", "ablation")
    )
    resamples = snakemake.params.resamples
    write_table(tables.populations(decoded, resamples), snakemake.output.populations)
    write_table(tables.ablation(ablated, resamples), snakemake.output.ablation)

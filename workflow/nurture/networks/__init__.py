"""The networks whose units are examined, and what each needs to see an image.

Nothing is imported here, so that the Snakefile can read `nurture.networks.catalogue` without
loading torch.
"""

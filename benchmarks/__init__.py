"""How long synthesis takes and how much memory: `make bench`. Nothing here is imported by anything else."""

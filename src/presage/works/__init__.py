"""The bodies of the jobs: what an import, a training or a fold does."""

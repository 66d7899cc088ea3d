"""The door to pipelines: put, started, looked at, resumed, cancelled, below /pipelines."""

"""Pipelines: work that runs by itself, step after step, from a file.

A file is Amazon States Language, or presage's short YAML, which is translated into it. A run is a job: it
writes down where it stands after each step, and goes on from there whoever was killed.
"""

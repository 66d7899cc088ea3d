"""A company's year in short: its app, the pipelines that serve it, and what they change."""

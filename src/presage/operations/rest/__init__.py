"""Presage's own calls: a table of routes a service, typed JSON in and out, described by OpenAPI."""

"""The door for S3 clients: presage's own buckets over HTTP."""

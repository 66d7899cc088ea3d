"""Files by bucket and key: presage's own, durable in the data folder, or behind another S3 endpoint.

buckets     create, put, read, copy, list, delete
uploads     objects that arrive in parts
store       both on disk: an index in SQLite, one immutable file an object
records     what they hold, as values; the rules of keys
errors      what they refuse, under S3's codes
locations   the `s3://` locations that jobs read and write
objects     who keeps the objects of a location: these buckets, or a remote S3 endpoint
"""

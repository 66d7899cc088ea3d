"""The door for S3 clients: presage's own buckets over HTTP.

app                                   a request comes in, is identified, and is answered
routes                                which operation it means, and what a key must be allowed to do for it
buckets, objects, listings, uploads   the operations, named as S3 names them
request, incoming                     a request and its answer as values; its body as it comes in
body, chunks, xml                     the body decoded and checked: whole, in signed chunks, as a document
conditions                            what headers say of an object: kept with it, `If-...`, ranges
algorithms, checksums, parts          S3's checksums: each, those of a body, those of an object made of parts
presigned                             URLs that carry a signature of the older version
errors                                S3's codes, their statuses and their document
"""

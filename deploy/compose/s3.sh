# The S3: a presage of its own, whose one key is handed on through /run/presage.
set -eu
umask 077
if [ ! -s /run/presage/s3.env ]; then
    presage keys create --allow 's3:*' > /run/presage/s3.env.draft
    mv /run/presage/s3.env.draft /run/presage/s3.env
fi
exec presage serve

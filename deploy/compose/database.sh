# Settings that hold secrets, for scripts that read this file with `.`
. /run/presage/s3.env
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
PRESAGE_DATABASE="postgresql://presage:$(cat /run/secrets/postgres-password)@postgres/presage"
export PRESAGE_DATABASE

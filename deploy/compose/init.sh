# Once, before the servers: the bucket, a key for everything, and one for Prometheus.
set -eu
umask 077
until [ -s /run/presage/s3.env ]; do sleep 1; done
cp /database.sh /run/presage/database.sh
. /run/presage/database.sh
make="import boto3; boto3.client('s3', endpoint_url='$PRESAGE_OBJECT_STORE_ENDPOINT').create_bucket(Bucket='presage')"
until said=$(python -c "$make" 2>&1); do
    echo "$said" | tail -n 1
    sleep 2
done
if [ ! -s /run/presage/metrics-password ]; then
    echo "The access key of this installation; it is shown this once:"
    presage keys create
    presage keys create --allow 'health:Get*' > /run/presage/metrics.env
    sed -n 's/^export AWS_ACCESS_KEY_ID=//p' /run/presage/metrics.env > /run/presage/metrics-user
    sed -n 's/^export AWS_SECRET_ACCESS_KEY=//p' /run/presage/metrics.env > /run/presage/metrics-password
fi

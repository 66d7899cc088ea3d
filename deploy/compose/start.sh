# A server or a worker, on the shared database and object store.
set -eu
. /run/presage/database.sh
exec presage "$@"

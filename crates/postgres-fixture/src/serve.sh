# Makes a PostgreSQL cluster, serves it on a Unix socket until standard input ends, and removes it.
# Arguments: the folder of PostgreSQL's programs, and options of the server. Prints the socket's folder when the server answers.
# PostgreSQL's own words go to a log file; a failure prints that file.
programs=$1
shift
folder=$(mktemp -d /tmp/edgeward-postgres-XXXXXX) || exit 1
log=$folder/log
trap 'rm -rf "$folder"' EXIT

fail() {
    cat "$log" >&2
    exit 1
}

"$programs/initdb" --pgdata="$folder/data" --username=edgeward --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync >"$log" 2>&1 || fail

"$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=400 \
    "$@" </dev/null >>"$log" 2>&1 &
server=$!
tries=0
until "$programs/pg_isready" -q -h "$folder" -U edgeward -d postgres; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ] || ! kill -0 "$server" 2>/dev/null; then
        kill -QUIT "$server" 2>/dev/null
        fail
    fi
    sleep 0.05
done
echo "$folder"

read -r _
kill -INT "$server"
wait "$server"

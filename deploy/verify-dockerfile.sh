#!/usr/bin/env bash
# Run the Dockerfile's own lines in clean roots made by debootstrap, where there is no Docker; then start what
# it starts, as the user that it names, and ask it whether it lives. Needs root, debootstrap and about 4 GB.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/tillsight-image.XXXXXX")
server=
clean() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    umount "$work"/base/{proc,sys} 2>/dev/null || true # debootstrap's, if it was broken off
    rm -rf --one-file-system "$work"
}
trap clean EXIT
started=$(date +%s)
say() { printf '%4ds  %s\n' $(($(date +%s) - started)) "$*"; }

say "a root with Python, in place of the image python:3.11-slim"
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/base" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log"; exit 1; }
mkdir -p "$work/base/usr/local/share/ca-certificates"
# What this machine needs to reach its package registries, a root on it needs too.
cp /etc/resolv.conf /etc/hosts "$work/base/etc/"
for file in /etc/pip.conf /etc/npmrc /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$file" ] || cp -L "$file" "$work/base$file"
done
passed=$(env | grep -E '^(PIP|SSL|NODE|NPM|https?|no)_' | grep -v '^PIP_FIND_LINKS=' || true)

root= dir=/ user=root
declare -A stages=()
variables=()

enter() { # put into `line` what runs a command in the root as the user, with the image's variables
    local given=()
    mapfile -t given <<<"$passed"
    line=(chroot --userspec="$user" "$root" /usr/bin/env -i HOME=/tmp PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
        "${given[@]}" "${variables[@]}" /bin/sh -c 'cd "$0" && exec "$@"' "$dir" "$@")
}

inside() {
    enter "$@"
    "${line[@]}"
}

copy() { # COPY [--from=stage] source… target
    local from="" target
    if [[ $1 == --from=* ]]; then from=${stages[${1#--from=}]}; shift; fi
    target=${*: -1}
    [[ $target == /* ]] || target=$dir/$target
    if [ -n "$from" ]; then
        cp -a "$from$1" "$root$target"
    elif [ "$1" = . ]; then
        mkdir -p "$root$target"
        tar --exclude-vcs --exclude-from=<(sed 's#^\*\*/##; s#^[^*].*/.*#./&#; t; s#^#./#; s#^\./__pycache__#__pycache__#' .dockerignore) \
            -cf - . | tar -xf - -C "$root$target"
    else
        cp "$1" "$root$target"
    fi
}

while read -r word rest; do
    case $word in
        FROM)
            name=${rest##* }
            root=$work/stage${#stages[@]} dir=/ user=root variables=()
            cp -a "$work/base" "$root"
            stages[$name]=$root
            ;;
        ENV) read -ra given <<<"$rest"; variables+=("${given[@]}") ;;
        WORKDIR) dir=$rest; mkdir -p "$root$dir" ;;
        USER) user=$rest ;;
        COPY) read -ra given <<<"$rest"; copy "${given[@]}" ;;
        RUN) inside /bin/sh -c "$rest" ;;
        HEALTHCHECK) check=${rest#* CMD } ;;
        CMD) command=$rest ;;
        VOLUME | EXPOSE) ;;
        *) echo "deploy/verify-dockerfile.sh does not know $word" >&2; exit 1 ;;
    esac
    say "$word $rest"
done < <(grep -vE '^(#|$)' Dockerfile)

words() { python3 -c 'import json, sys; print(*json.loads(sys.argv[1]), sep="\n")' "$1"; }

say "as $user: $(inside id | tr '\n' ' ')"
variables+=(SECRET_KEY=verifying-the-image-that-nobody-uses-for-anything)
inside python manage.py migrate --verbosity 0
mapfile -t arguments < <(words "$command")
enter "${arguments[@]}"
"${line[@]}" >"$work/server.log" 2>&1 &
server=$!
mapfile -t arguments < <(words "$check")
for _ in $(seq 60); do
    if inside "${arguments[@]}" 2>/dev/null; then healthy=yes; break; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.5
done
[ "${healthy:-}" = yes ] || { cat "$work/server.log"; echo "the health check never passed" >&2; exit 1; }
say "the health check passes"

page='import sys, urllib.request; urllib.request.urlopen("http://127.0.0.1:8000" + sys.argv[1], timeout=9)'
for path in /health/ready /admin/login/; do
    inside python -c "$page" "$path"
    say "GET $path 200"
done
inside python manage.py extract demo/samples/us_grocery.jpg 2>"$work/log" | cut -c1-100
[ "${PIPESTATUS[0]}" = 0 ] || { cat "$work/log"; exit 1; }
say "a receipt is read"
! inside sh -c 'touch /app/written 2>/dev/null' || { echo "the server may write to its own code" >&2; exit 1; }
[ ! -e "$root/usr/bin/gcc" ] || { echo "there is a compiler in the image" >&2; exit 1; }
kill "$server" && wait "$server" || true
server=
say "stopped; the image's files: $(du -shc "$root/venv" "$root/app" | awk '{ printf "%s %s  ", $2, $1 }' | sed "s#$root##g")"

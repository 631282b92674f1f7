# Makes .venv from the lock. Sourced by ./check and ./demo, which set `me` and stand in the project's folder.
#
# The surprise: .venv is made anew whenever the lock or the Python changes, and never patched up,
# so that what runs is what the lock says and nothing that an older lock left behind.

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "$*"; exit 2; }

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        # A name on the PATH may be a shim that runs nothing, so each one is asked.
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            return
        fi
    done
    die "needs Python 3.11 or newer and found none; on Debian or Ubuntu: apt install python3 python3-venv"
}

require_venv_module() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    case $python in
        python3) package=python3-venv ;;
        *) package=$python-venv ;;
    esac
    die "$python cannot make virtual environments; on Debian or Ubuntu: apt install $package"
}

# pip's chatter about the machine's own settings is kept for the day it is needed.
pip_install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input "$@" 2>.venv/pip.log || {
        tail -n 20 .venv/pip.log >&2
        die "pip could not install from the lock (see above); check the network, then run $me again"
    }
}

# make_venv run|dev: `dev` holds all of `run`, so that ./demo is content with what ./check made.
make_venv() {
    find_python
    version=$("$python" -c 'import sys; print(sys.version)' | tr -d '\n')
    locked=$( (pwd; echo "$version"; cat requirements.txt requirements-build.txt requirements-dev.txt) | cksum)
    project=$( (pwd; cat pyproject.toml sync_service/__init__.py) | cksum)
    if [ "$(cat .venv/locked 2>/dev/null)" != "$locked" ]; then
        require_venv_module
        say "making .venv with $python (about half a minute)"
        rm -rf .venv
        "$python" -m venv .venv || die "$python -m venv failed (see above)"
        pip_install --require-hashes -r requirements.txt -r requirements-build.txt
        echo "$locked" >.venv/locked
    fi
    if [ "$1" = dev ] && [ ! -e .venv/dev ]; then
        say "adding the development tools"
        pip_install --require-hashes -r requirements-dev.txt
        : >.venv/dev
    fi
    if [ "$(cat .venv/project 2>/dev/null)" != "$project" ]; then
        # Nothing is fetched here: the build tool is in the lock, the project in this folder.
        pip_install --no-index --no-deps --no-build-isolation --editable .
        echo "$project" >.venv/project
    fi
}

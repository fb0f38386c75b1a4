# One image for homeserver, bridge and robots: the same tree, the same lock and the same commands as `make up`.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

# The volume of the data takes over this directory's owner and mode.
RUN useradd --create-home --uid 1000 chaperone \
 && install --directory --owner=chaperone --group=chaperone --mode=0700 /data

WORKDIR /app

# Apart from the tree, so that a change of ours does not install everything again.
COPY requirements.lock ./
RUN python -m pip install --require-hashes -r requirements.lock

COPY . .
RUN python -m pip install --no-deps --no-build-isolation --editable .

USER chaperone
ENV CHAPERONE_DATA=/data
EXPOSE 8008 8090

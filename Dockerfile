# An environment with the packages of requirements.lock; the project itself is mounted.
#   docker build --tag nurture .
#   docker run --rm --user "$(id -u)" --volume "$PWD":/work nurture --cores all
FROM python:3.11-slim-bookworm

# As in the Makefile: the lock lists every package, and where the platform's build of torch needs
# accelerator libraries, the second call adds those that torch itself pins.
COPY requirements.lock /tmp/
RUN pip install --no-cache-dir --no-deps -r /tmp/requirements.lock \
    && pip install --no-cache-dir "$(grep '^torch==' /tmp/requirements.lock)"

# Whoever runs it can write here: Snakemake and Matplotlib keep caches in the home folder. And has
# a name, which Snakemake asks for: the number given to --user has none in the image.
ENV HOME=/tmp USER=nurture
WORKDIR /work
ENTRYPOINT ["snakemake"]

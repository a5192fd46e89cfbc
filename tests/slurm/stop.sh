#!/usr/bin/env bash
# Stop what start.sh DIR started, by its pid files: stop.sh DIR
dir=${1:?usage: stop.sh DIR}

# Not a zombie, which only waits for its parent.
running() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] && ! grep -q "^State:.Z" "/proc/$1/status"; }

# Jobs first, so that none outlives its daemon; never those of another cluster.
export SLURM_CONF=$dir/etc/slurm.conf
if [ -e "$dir/run/slurmctld.pid" ]; then
  scancel --full --user=root
  for _ in $(seq 50); do
    [ -z "$(timeout 5 squeue -h 2>/dev/null)" ] && break
    sleep 0.1
  done
fi
for file in "$dir"/run/{slurmd-*,slurmctld,slurmdbd,mariadbd,munged}.pid; do
  pid=$(cat "$file" 2>/dev/null) || continue
  name=$(basename "$file" .pid)
  name=${name%%-*}
  running "$pid" "$name" || continue
  kill "$pid"
  for _ in $(seq 100); do running "$pid" "$name" || break; sleep 0.1; done
  running "$pid" "$name" && kill -9 "$pid"
done
[ "$(readlink /etc/slurm/slurm.conf 2>/dev/null)" = "$dir/etc/slurm.conf" ] && rm /etc/slurm/slurm.conf
true

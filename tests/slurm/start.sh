#!/usr/bin/env bash
# Start a SLURM cluster of three to eight nodes, with accounting, for tests: start.sh DIR
# Munge, MariaDB, slurmdbd, slurmctld and a slurmd for each node keep all their state in DIR and
# listen on loopback.
# Exits with 77 and one line where that is not possible; stop.sh DIR stops them again.
set -euo pipefail
dir=${1:?usage: start.sh DIR}
# Nodes of one CPU, so that a node that fails takes one job along. One more than there are CPUs,
# because a job of the tests stands still for a minute.
count=$(($(nproc) + 1))
count=$((count < 3 ? 3 : count > 8 ? 8 : count))
port=16817
packages="munge slurmctld slurmd slurm-client slurmdbd mariadb-server"

skip() { echo "slurm-test skipped: $1" >&2; exit 77; }

[ "$(id -u)" = 0 ] || skip "starting SLURM needs root"
if ! command -v slurmctld slurmd slurmdbd munged mariadbd >"/dev/null"; then
  command -v apt-get >/dev/null || skip "no apt-get here to install $packages"
  export DEBIAN_FRONTEND=noninteractive
  (apt-get update && apt-get install -y --no-install-recommends $packages) >/tmp/slurm-install.log 2>&1 ||
    skip "apt-get could not install $packages (see /tmp/slurm-install.log)"
fi
host=$(hostname -s)
getent ahostsv4 "$host" | grep -q '^127\.' ||
  skip "the host name $host must resolve to 127.0.0.1, so that nothing listens outside"
[ ! -e /etc/slurm/slurm.conf ] || skip "/etc/slurm/slurm.conf exists: another SLURM lives here"

mkdir -p "$dir"/{etc,run,log,state,spool,db} /etc/slurm
chmod 755 "$dir" "$dir"/*

# A wait for a daemon: at most 15 s for a command to succeed.
wait_for() {
  for _ in $(seq 150); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
  skip "waited too long for: $*"
}

(umask 077 && head -c 128 /dev/urandom >"$dir/etc/munge.key")
munged --key-file="$dir/etc/munge.key" --socket="$dir/run/munge.sock" \
  --pid-file="$dir/run/munged.pid" --log-file="$dir/log/munged.log" --seed-file="$dir/run/munge.seed"

mariadb-install-db --no-defaults --user=root --datadir="$dir/db" --skip-test-db \
  --auth-root-authentication-method=socket >"$dir/log/mariadb-install.log" 2>&1
setsid mariadbd --no-defaults --user=root --datadir="$dir/db" --socket="$dir/run/mysql.sock" \
  --pid-file="$dir/run/mariadbd.pid" --skip-networking --innodb-flush-log-at-trx-commit=0 \
  </dev/null >"$dir/log/mariadbd.log" 2>&1 &
sql=(mariadb --no-defaults -S "$dir/run/mysql.sock")
wait_for "${sql[@]}" -e "CREATE DATABASE IF NOT EXISTS slurm_acct_db"

# A GPU must be a character device, so copies of /dev/null stand for some.
gpus=""
if (for i in 0 1 2 3; do mknod -m 666 "$dir/run/gpu$i" c 1 3; done) 2>/dev/null; then
  gpus="Gres=gpu:4"
  printf 'AutoDetect=off\nName=gpu File=%s\n' "$dir/run/gpu[0-3]" >"$dir/etc/gres.conf"
fi

memory=$(awk '/MemTotal/ { print int($2 / 1024) - 512 }' /proc/meminfo)
cat >"$dir/etc/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.sock
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
# Memory is watched every second, without control groups, which a container may not have.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=5,bf_interval=5,batch_sched_delay=1
KillWait=2
# A job for the partition "urgent" takes the place of one of "main".
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
MinJobAge=3600
JobRequeue=0
MailProg=/bin/true
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$((port + 2))
AccountingStoragePass=$dir/run/munge.sock
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
AccountingStorageEnforce=associations
GresTypes=gpu
NodeName=node[1-$count] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 11))-$((port + 10 + count))] CPUs=1 RealMemory=$memory $gpus State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=1440 DefaultTime=10 State=UP
PartitionName=urgent Nodes=ALL PriorityTier=10 PreemptMode=OFF State=UP
PartitionName=closed Nodes=ALL State=DOWN
CONF
(umask 077 && cat >"$dir/etc/slurmdbd.conf") <<CONF
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.sock
DbdAddr=127.0.0.1
DbdHost=$host
DbdPort=$((port + 2))
CommunicationParameters=NoInAddrAny
SlurmUser=root
PidFile=$dir/run/slurmdbd.pid
LogFile=$dir/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
CONF
# Snakemake's job step drops SLURM_CONF from the environment: hence the usual place.
ln -sn "$dir/etc/slurm.conf" /etc/slurm/slurm.conf
export SLURM_CONF=$dir/etc/slurm.conf

MYSQL_UNIX_PORT="$dir/run/mysql.sock" slurmdbd
wait_for timeout 3 sacctmgr -n list cluster
sacctmgr -i add cluster test >>"$dir/log/sacctmgr.log"
sacctmgr -i add account lab cluster=test Description=lab Organization=lab >>"$dir/log/sacctmgr.log"
sacctmgr -i add user root account=lab cluster=test DefaultAccount=lab >>"$dir/log/sacctmgr.log"
slurmctld -f "$SLURM_CONF"
wait_for sh -c 'scontrol ping | grep -q UP'
for node in $(seq "$count"); do
  mkdir "$dir/spool/node$node"
  slurmd -f "$SLURM_CONF" -N "node$node"
done
# What sinfo says may be a memory of the last time: only a job that ran is a proof.
wait_for timeout 20 srun -Q -N"$count" -t1 --mem=64 --immediate=10 true
sinfo -o '%P %D nodes, %T, %c cpus, %m MB, %G'

#!/bin/sh
# A Slurm of three nodes on this machine; to be run by root.
#
#   cluster.sh up DIR      then: export SLURM_CONF=DIR/slurm.conf
#   cluster.sh kill DIR N  the power of node N fails
#   cluster.sh down DIR
#
# The nodes n1, n2 and n3 share the kernel and the disk, but each has a network and a host name of its own.
# What is submitted to the partition "high" drives what is in "main" back into the queue.
set -eu
SLURM_CONF=$2/slurm.conf
export SLURM_CONF

main() {
  dir=$2
  case $1 in
    up) up ;;
    kill) fail "$3" ;;
    down) down ;;
  esac
}

up() {
  # Names and addresses of its own, so that two clusters do not meet.
  id=$(($$ % 200 + 20))
  echo "$id" >"$dir/id"
  chmod 755 "$dir"
  mkdir -p "$dir/munge" "$dir/state" "$dir/n1" "$dir/n2" "$dir/n3"
  head -c 1024 /dev/urandom >"$dir/munge/key"
  chmod 400 "$dir/munge/key"
  chown -R munge:munge "$dir/munge"
  runuser -u munge -- test -x "$dir/munge" || { # its daemon runs as that user
    echo "the user munge may not enter $dir/munge: all may have to enter the folders above it" >&2
    exit 1
  }
  configure
  runuser -u munge -- munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
    --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" --force
  ip link add "skb$id" type bridge
  ip addr add "10.76.$id.1/24" dev "skb$id"
  ip link set "skb$id" up
  for node in 1 2 3; do
    ip netns add "sk$id-$node"
    ip link add "skv$id-$node" type veth peer name eth0 netns "sk$id-$node"
    ip link set "skv$id-$node" master "skb$id" up
    ip -n "sk$id-$node" addr add "10.76.$id.1$node/24" dev eth0
    ip -n "sk$id-$node" link set eth0 up
    ip -n "sk$id-$node" link set lo up
  done
  # shellcheck disable=SC2016 # for the inner shell
  unshare --uts sh -c 'hostname ctl; exec "$@"' - slurmctld -f "$SLURM_CONF"
  for node in 1 2 3; do
    # Not by `ip netns exec`, which hides /sys, where slurmd looks for cgroups.
    # shellcheck disable=SC2016 # for the inner shell
    nsenter --net="/run/netns/sk$id-$node" unshare --uts \
      sh -c 'hostname "$1"; shift; exec "$@"' - "n$node" slurmd -N "n$node" -f "$SLURM_CONF"
  done
}

configure() {
  printf 'CgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\n' >"$dir/cgroup.conf"
  cat >"$SLURM_CONF" <<EOF
ClusterName=skreg$id
SlurmctldHost=ctl(10.76.$id.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
SlurmctldPort=$((16000 + id))
SlurmdPort=$((17000 + id))
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/%n
SlurmctldPidFile=$dir/ctl.pid
SlurmdPidFile=$dir/%n.pid
SlurmctldLogFile=$dir/ctl.log
SlurmdLogFile=$dir/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=bf_interval=2,sched_interval=2,requeue_delay=1
JobRequeue=1
KillWait=10
SlurmdTimeout=10
ReturnToService=2
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=n1 NodeAddr=10.76.$id.11 CPUs=1
NodeName=n2 NodeAddr=10.76.$id.12 CPUs=1
NodeName=n3 NodeAddr=10.76.$id.13 CPUs=1
PartitionName=main Nodes=n1,n2,n3 Default=YES MaxTime=60 State=UP PriorityTier=1 GraceTime=15
PartitionName=high Nodes=n1,n2,n3 MaxTime=60 State=UP PriorityTier=10 PreemptMode=OFF
EOF
}

# All that lives in the node's network, at once: its daemon, the steps and what they run.
fail() {
  for pid in $(ip netns pids "sk$(cat "$dir/id")-$1" 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
}

down() {
  id=$(cat "$dir/id")
  for node in 1 2 3; do fail "$node"; done
  for pid in "$dir/ctl.pid" "$dir/munge/pid"; do
    [ ! -s "$pid" ] || kill -9 "$(cat "$pid")" 2>/dev/null || true
  done
  for node in 1 2 3; do
    ip netns del "sk$id-$node" 2>/dev/null || true
    ip link del "skv$id-$node" 2>/dev/null || true
  done
  ip link del "skb$id" 2>/dev/null || true
}

main "$@"

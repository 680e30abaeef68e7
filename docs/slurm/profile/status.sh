#!/bin/sh
# What Snakemake asks of a job that it put into the queue: success, running or failed.
said=$(scontrol show job --oneliner "$1" 2>&1)
state=$(printf '%s\n' "$said" | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p')
case ${state:-$said} in
  COMPLETED) echo success ;;
  "" | *"Invalid job id"*) echo failed ;; # Slurm has forgotten it
  *FAIL* | CANCELLED | DEADLINE | OUT_OF_MEMORY | PREEMPTED | REVOKED | TIMEOUT) echo failed ;;
  *) echo running ;; # also what lasts for a moment: CONFIGURING, SIGNALING, …, or that Slurm does not answer
esac
[ "$state" ] || printf '%s\n' "$said" >&2

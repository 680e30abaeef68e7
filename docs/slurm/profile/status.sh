#!/bin/sh
# What Snakemake asks of a job that it put into the queue: success, running or failed.
state=$(scontrol show job --oneliner "$1" | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p')
case $state in
  COMPLETED) echo success ;;
  "" | *FAIL* | CANCELLED | DEADLINE | OUT_OF_MEMORY | PREEMPTED | REVOKED | TIMEOUT) echo failed ;;
  *) echo running ;; # also what lasts for a moment: CONFIGURING, SIGNALING, STAGE_OUT, …
esac

#!/bin/sh
# What Snakemake asks of a job that it put into the queue: success, running or failed.
state=$(scontrol show job --oneliner "$1" | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p')
case $state in
  COMPLETED) echo success ;;
  PENDING | CONFIGURING | RUNNING | SUSPENDED | COMPLETING) echo running ;;
  *) echo failed ;;
esac

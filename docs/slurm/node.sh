# What the jobs of this folder share; to be read by a shell: . "$SKREG/docs/slurm/node.sh"
# SKREG is the checkout, RUN the folder of the experiment; both on a disk that all nodes see.
# shellcheck shell=sh

PATH=$PATH:$HOME/.local/bin # where ./setup puts Deno
unset INIT_CWD              # of a task above this shell: names would count from its folder

# Deno's caches are SQLite files, which network file systems do not bear: each node has its own, on its
# own disk. It begins with the packages alone, out of one archive, so no node needs a network.
packages() { echo "$RUN/packages-$(cksum <"$SKREG/deno.lock" | cut -d ' ' -f 1).tar"; }

# On the node where jobs are submitted: the archive.
pack_packages() {
  archive=$(packages)
  [ ! -e "$archive" ] || return 0
  (cd "$SKREG" && deno install --quiet --frozen) &&
    cache=$(deno info --json | sed -n 's/.*"denoDir": *"\([^"]*\)".*/\1/p') &&
    tar -C "$cache" -cf "$archive.$$" npm && mv "$archive.$$" "$archive"
}

# On a node: the cache.
unpack_packages() {
  archive=$(packages)
  DENO_DIR=${TMPDIR:-/tmp}/skreg-$(id -u)-$(basename "$archive" .tar)
  export DENO_DIR
  if [ ! -d "$DENO_DIR/npm" ]; then # maybe at the same moment as another job on this node
    new=$(mktemp -d "$DENO_DIR.XXXXXX") && tar -C "$new" -xf "$archive" || return 6
    mv -T "$new" "$DENO_DIR" 2>/dev/null || rm -rf "$new"
  fi
  [ -O "$DENO_DIR" ] || { # whoever owns it decides what is run
    echo "$DENO_DIR on $(hostname) belongs to somebody else: set TMPDIR to a folder of yours" >&2
    return 6
  }
}

# skreg TASK OPTION…: runs a task, in a job as a step of it, so that --signal reaches it.
skreg() {
  unpack_packages || return
  ${SLURM_JOB_ID:+srun} deno task --quiet --config "$SKREG/deno.json" "$@"
}

# job TASK OPTION…: the same, and goes back into the queue where that is how to go on: when the task was
# stopped (143: preempted, or its time is up) or another process trains the same trial (4). Of an array
# this element alone: the bare number of the job would mean all of them.
job() {
  echo "job $SLURM_JOB_ID on $(hostname), $(date)"
  status=0
  skreg "$@" || status=$?
  case $status in
    4 | 143)
      echo "exit code $status: back into the queue"
      scontrol requeue "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"
      ;;
  esac
  exit "$status"
}

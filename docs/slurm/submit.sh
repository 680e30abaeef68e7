#!/bin/sh
# Puts the whole experiment into Slurm's queue, each phase after the one before it has succeeded:
# phase 1 (an array) → fit → the cells of the grid (an array) → the grid's tables → the report.
#
#   RUN=/shared/run TRIALS=20 SEEDS=10 ALPHAS="0.25 0.5 1 2 4 8 16" \
#     docs/slurm/submit.sh --partition=gpu --gres=gpu:1
#
# Options are sbatch's, for all jobs. In the environment, beside those above:
#
#   RUN              folder on a disk that all nodes see; results lie in RUN/data, what jobs print in
#                    RUN/log. The same command again goes on where it stands, or adds to it.
#   DATA             images, as --data-dir; default RUN/data/synthetic, drawn if it is missing
#   MODES            penalties; default "l2 sk"
#   TRIALS_PER_TASK  networks of phase 1 for a GPU at a time; default 20
#   SEEDS_PER_TASK   networks of a cell of the grid for a GPU at a time; default 20
#   OPTIONS          of all trainings, e.g. "--adapter=H100"; PHASE1_OPTIONS, GRID_OPTIONS: of one phase
#   CPU              more options of sbatch for fit and report, which need no GPU, e.g. "--gres=none"
set -eu

main() {
  SKREG=$(cd "$(dirname "$0")/../.." && pwd)
  [ -n "${RUN-}" ] || stop "RUN names no folder: RUN=/shared/run docs/slurm/submit.sh …"
  : "${TRIALS:=20}" "${SEEDS:=10}" "${MODES:=l2 sk}" "${TRIALS_PER_TASK:=20}" "${SEEDS_PER_TASK:=20}"
  ALPHAS=$(echo "${ALPHAS:-0.25 0.5 1 2 4 8 16}" | tr ',' ' ')
  for name in TRIALS SEEDS TRIALS_PER_TASK SEEDS_PER_TASK; do
    eval "count \$$name" || stop "$name must be a whole number above 0"
  done
  case $ALPHAS in *[!0-9.\ ]* | *..*) stop "ALPHAS must be numbers with spaces between them, not '$ALPHAS'" ;; esac
  case $MODES in l2 | sk | 'l2 sk' | 'sk l2') ;; *) stop "MODES must be l2, sk or both, not '$MODES'" ;; esac
  command -v sbatch >/dev/null || stop "there is no sbatch on PATH: log in where jobs are submitted"
  mkdir -p "$RUN/log"
  RUN=$(cd "$RUN" && pwd)
  export SKREG RUN DATA TRIALS SEEDS ALPHAS MODES TRIALS_PER_TASK SEEDS_PER_TASK
  export OPTIONS="${OPTIONS-}" PHASE1_OPTIONS="${PHASE1_OPTIONS-}" GRID_OPTIONS="${GRID_OPTIONS-}"
  prepare

  # shellcheck disable=SC2086 # a list
  cells=$(($(set -- $ALPHAS && echo $#) * $(set -- $MODES && echo $#)))
  phase1=$(queue phase1 '' --array=0-$(((TRIALS + TRIALS_PER_TASK - 1) / TRIALS_PER_TASK - 1)) "$@")
  # shellcheck disable=SC2086 # options
  fit=$(queue fit "$phase1" "$@" ${CPU-})
  parts=$(((SEEDS + SEEDS_PER_TASK - 1) / SEEDS_PER_TASK))
  cells=$(queue cells "$fit" --array=0-$((cells * parts - 1)) "$@")
  grid=$(queue grid "$cells" "$@")
  # shellcheck disable=SC2086 # options
  report=$(queue report "$grid" "$@" ${CPU-})
  jobs="$phase1,$fit,$cells,$grid,$report"
  cat <<EOF
queued: phase1 $phase1 → fit $fit → cells $cells → grid $grid → report $report
watch:  squeue --jobs=$jobs; tail -f $RUN/log/*
stop:   scancel $(echo "$jobs" | tr ',' ' ')
result: $RUN/report.html
EOF
}

# Everything that many nodes would otherwise do at the same moment.
prepare() {
  # shellcheck source=/dev/null
  . "$SKREG/docs/slurm/node.sh"
  pack_packages
  cd "$RUN"
  [ -n "${DATA-}" ] || DATA=$RUN/data/synthetic
  [ -e "$DATA" ] || deno task --quiet --config "$SKREG/deno.json" data --synthetic --data-dir="$DATA"
  DATA=$(cd "$DATA" && pwd)
}

# queue PHASE AFTER OPTION…: submits a phase, to begin when the job AFTER has succeeded. Prints its number.
queue() {
  phase=$1 after=$2
  shift 2
  job=$(sbatch --parsable --export=ALL --chdir="$RUN" \
    ${after:+--dependency=afterok:$after --kill-on-invalid-dep=yes} "$@" "$SKREG/docs/slurm/$phase.sbatch")
  echo "${job%%;*}" # behind it stands the cluster's name, where there are several
}

count() { case $1 in '' | *[!0-9]* | 0*) return 1 ;; esac; }

stop() {
  echo "submit.sh: $*" >&2
  exit 2
}

main "$@"

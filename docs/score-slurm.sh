#!/bin/bash
# Scores in 16 shards, of which a job takes one. Submit: sbatch score-slurm.sh /shared/run
# Then, when all are done:  sbatch --dependency=afterok:JOB --array=0 --export=ALL,MERGE=1 score-slurm.sh /shared/run
# What died is submitted again as it is: shards that are done are skipped.
#SBATCH --array=0-15
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
set -euo pipefail
app=${APP:-/shared/app/Distributed.dll} run=${1:-/shared/run}
if [ -n "${MERGE:-}" ]; then
    exec dotnet "$app" merge "$run"
fi

exec dotnet "$app" score "$SLURM_ARRAY_TASK_ID" "$SLURM_ARRAY_TASK_COUNT" "$run"

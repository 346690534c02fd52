#!/bin/bash
# Trains on two machines with two processes each. Submit: sbatch train-slurm.sh /shared/run
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=8
#SBATCH --time=12:00:00
set -euo pipefail
export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-8}
# Open MPI takes machines and processes from Slurm.
exec mpirun --bind-to none dotnet "${APP:-/shared/app/Distributed.dll}" train "${1:-/shared/run}"

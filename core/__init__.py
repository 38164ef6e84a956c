"""Everything but the page: data, checkpoints, tasks, training, runs, prediction, sharing."""

"""The five steps and the list of runs, one file each."""

"""From files and Hub datasets to the rows of a task."""

"""What every step runs on: processes, Spark, files, progress, plots, columns."""

"""What is measured, against whom, with the command that repeats it: `python -m benchmarks --help`."""

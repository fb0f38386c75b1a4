"""Values to test with: a noun a file, each built by one call that says what matters to the test and nothing else."""

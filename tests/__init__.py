"""The tests: one file for each module, and directories for what is larger."""

"""A shared notebook: the demo of asgikit, one realistic program that grows with it. `make demo` runs it."""

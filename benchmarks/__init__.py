"""asgikit side by side with other ASGI frameworks, as ratios: `python -m benchmarks`."""

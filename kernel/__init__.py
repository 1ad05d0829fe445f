"""The Jupyter kernel: `python -m isolates.kernel install`, then choose "JavaScript (isolates)"."""

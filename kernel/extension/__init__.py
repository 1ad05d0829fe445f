"""The magics in any IPython: `%load_ext isolates`."""

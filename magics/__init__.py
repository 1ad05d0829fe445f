"""The magics: cells that run in isolates chosen by name, in this project's kernel and in any IPython."""

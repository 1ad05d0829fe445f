"""Widgets: see what the isolates do, and stop those that do too much.

They are live where there is a kernel, and leave a picture and a table in the saved notebook.
"""

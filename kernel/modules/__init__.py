"""What `import` and `require` find, for each context."""

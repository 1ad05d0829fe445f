"""`isolates run FILE.js`: a CommonJS program in a privileged isolate with an event loop."""

"""`python -m isolates run FILE.js [ARGS]`."""

from isolates.program.cli import main

if __name__ == "__main__":
    main()

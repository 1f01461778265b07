"""`python -m volant`: the command line."""

from volant.cli.main import main

if __name__ == "__main__":
    main()

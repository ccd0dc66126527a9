"""`python -m fclab` is the command `fclab`."""

from fclab.cli import main

if __name__ == "__main__":
    main()

"""What an operator can mend: told in one line, with exit code 2."""


class UsageError(Exception):
    """Input or configuration at fault; the text names the file, the place and the mend."""

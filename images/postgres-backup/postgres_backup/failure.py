"""How a command ends when it does not do what it was asked."""


class Failure(Exception):
    """Not done, for the reason that the text gives. What was there before is as it was."""

    exit_code = 3


class Misconfigured(Failure):
    """Arguments, variables or mounted files with which no command can work."""

    exit_code = 2


class StoreFailed(Failure):
    """S3 did not do what it was asked: that says nothing about a backup."""


class Unproven(Failure):
    """There is no backup, or one that is too old, damaged, or does not restore to what was backed up."""

    exit_code = 4


class Untried(Failure):
    """Whether a backup restores could not be tried, for this image lacks what the backup needs."""

    exit_code = 5


class Terminated(BaseException):
    """SIGTERM. A BaseException, because botocore retries after any Exception, this one too."""

    exit_code = 143

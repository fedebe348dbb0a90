"""From constructs to files."""

"""A result as text for people, and for programs."""

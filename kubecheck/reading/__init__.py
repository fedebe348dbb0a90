"""From files to objects, as kubectl reads them, with the file and the line of each, and what could not be read."""

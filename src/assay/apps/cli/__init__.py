"""The ``assay`` command: thin commands over the services.

Data goes to stdout and words to stderr; every heavy room is loaded lazily.
"""

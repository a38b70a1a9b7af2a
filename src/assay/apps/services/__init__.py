"""What can be done with the workbench, for the command line and the HTTP server alike.

Services check input, move nouns through the store and start evaluations. They render
nothing and know no protocol.
"""

"""The HTTP application: REST, live progress and the page.

Routers parse and render; the services and the store do the work.
"""

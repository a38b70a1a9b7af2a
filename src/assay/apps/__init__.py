"""Composition only: parse, call a capability, render.

Settings, services, the command line and the HTTP server live here. Nothing but
entry points may import it. Start reading at ``apps.settings``.
"""

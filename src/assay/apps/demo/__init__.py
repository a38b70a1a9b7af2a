"""The demo: two small tasks with answers written for it, and a candidate that really runs.

The models' names and answers are invented; nothing here measures a real model.
"""

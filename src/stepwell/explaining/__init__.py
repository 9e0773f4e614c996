"""Explaining templates and tasks: what is wrong with a template, what it would do, and why a task is as it is."""

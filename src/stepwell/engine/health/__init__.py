"""Checking a template before it runs: what can never happen, what contradicts itself, what nobody would do (T-171)."""

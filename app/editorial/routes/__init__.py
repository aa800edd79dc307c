"""Addresses of the verbs, one file for each thing they act on."""

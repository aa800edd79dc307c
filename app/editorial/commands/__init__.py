"""What the verbs do, one file for each thing they act on."""

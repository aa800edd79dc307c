"""What the verbs ask and answer, one file for each thing they act on."""

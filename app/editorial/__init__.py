"""The verbs, and the audit trail of them."""

"""Editing, review and publishing of records and follow-up, with the audit trail."""

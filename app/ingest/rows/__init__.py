"""The rows that curated facts make, table by table; pure."""

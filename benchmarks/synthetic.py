"""More of the same: copies of the recommendations of the real cable, with all that hangs on them."""

import psycopg

# Each table with the columns of a copy: `id` becomes a new one, and so does what points to it.
NEW = "regexp_replace(t.{column}, '-R([0-9]+)', '-R' || k || '\\1')"
POINTING = {
    "anchors": ["id"],
    "recommendations": ["id", "anchor_id", "lead_in_anchor_id", "position_anchor_id"],
    "recommendation_targets": ["recommendation_id"],
    "recommendation_addressees": ["recommendation_id"],
    "recommendation_proposers": ["recommendation_id"],
    "recommendation_bodies": ["recommendation_id"],
    "recommendation_topics": ["recommendation_id"],
    "recommendation_reforms": ["recommendation_id"],
}


def multiply(url: str, times: int) -> int:
    """Makes the recommendations `times` as many, at most 1,000; how many there are then."""
    with psycopg.connect(url) as connection:
        # Copies need no checking, and no telling of.
        connection.execute("SET LOCAL session_replication_role = replica")
        for table, pointing in POINTING.items():
            columns = connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' "
                "AND NOT attisdropped ORDER BY attnum",
                [table],
            ).fetchall()
            names = [name for (name,) in columns]
            made = [NEW.format(column=name) if name in pointing else f"t.{name}" for name in names]
            of_asks = "t.id LIKE '%-R%'" if table == "anchors" else "true"
            connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(made)} "  # noqa: S608 - names of our own tables
                f"FROM {table} t, generate_series(1, {times - 1}) k WHERE {of_asks}".encode()
            )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        counted = connection.execute("SELECT count(*) FROM recommendations").fetchone()
    return int(counted[0]) if counted else 0

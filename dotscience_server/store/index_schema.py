"""The index's tables. All but the last two follow from records alone and are equal after a rebuild.

A change here raises ``FORMAT``: an index of another format is dropped and rebuilt.
"""

from __future__ import annotations

FORMAT = 4

DERIVED_TABLES = ("position", "facts", "runs", "snapshots", "blocks", "pins", "drafts")
"""Rebuilt from records; ``journals`` and ``notebooks`` only save reading again."""

SCHEMA = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER, file TEXT, offset INTEGER, length INTEGER, line_start BLOB);
CREATE TABLE facts (revision INTEGER PRIMARY KEY, seq INTEGER, kind TEXT NOT NULL,
    key BLOB, content BLOB, file TEXT, offset INTEGER, length INTEGER);
CREATE UNIQUE INDEX facts_key ON facts (key) WHERE key IS NOT NULL;
CREATE INDEX facts_seq ON facts (seq) WHERE seq IS NOT NULL;
CREATE INDEX facts_content ON facts (content) WHERE content IS NOT NULL;
CREATE INDEX facts_of_workspace ON facts (kind, revision) WHERE seq IS NULL;
CREATE TABLE runs (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, revision INTEGER NOT NULL,
    snapshot_state TEXT NOT NULL, snapshot TEXT, summary TEXT NOT NULL);
CREATE INDEX runs_revision ON runs (revision);
CREATE INDEX runs_snapshot ON runs (snapshot) WHERE snapshot IS NOT NULL;
CREATE INDEX runs_waiting ON runs (seq) WHERE snapshot_state = 'pending';
CREATE TABLE snapshots (revision INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, body TEXT NOT NULL);
CREATE TABLE blocks (number INTEGER PRIMARY KEY, revision INTEGER NOT NULL,
    changed INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE pins (pin TEXT PRIMARY KEY, file TEXT NOT NULL);
CREATE TABLE drafts (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, revision INTEGER NOT NULL,
    state TEXT NOT NULL, snapshot_state TEXT NOT NULL, source TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE journals (name TEXT PRIMARY KEY, size INTEGER NOT NULL);
CREATE TABLE notebooks (path BLOB PRIMARY KEY, signature TEXT NOT NULL);
"""

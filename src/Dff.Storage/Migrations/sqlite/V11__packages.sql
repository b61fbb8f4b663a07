-- Packages of script sets: what was exported and imported, what waits to be confirmed, and dumps to go back to.

CREATE TABLE script_recover_point (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  note TEXT COLLATE NOCASE,
  summaryJSON TEXT NOT NULL,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE TABLE script_set_export_history (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  note TEXT COLLATE NOCASE,
  summaryJSON TEXT NOT NULL,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

CREATE TABLE script_set_import_history (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  note TEXT COLLATE NOCASE,
  summaryJSON TEXT NOT NULL,
  failuresJSON TEXT NOT NULL,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);

-- Large contents in pieces that fit any server's largest packet.
CREATE TABLE stored_content (
  ownerId TEXT NOT NULL,
  piece INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (ownerId, piece));

CREATE TABLE pending_import (
  id TEXT NOT NULL PRIMARY KEY,
  userId TEXT NOT NULL,
  expireTime INTEGER NOT NULL) WITHOUT ROWID;

-- What is still to be done for an import that has been committed.
CREATE TABLE import_follow_up (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  importId TEXT NOT NULL,
  part TEXT NOT NULL,
  entityId TEXT NOT NULL,
  rowJSON TEXT NOT NULL);

CREATE INDEX IX_follow_up_import ON import_follow_up (importId);

-- One import or recovery at a time: each updates this row first.
CREATE TABLE import_gate (id INTEGER NOT NULL PRIMARY KEY, number INTEGER NOT NULL);

INSERT INTO import_gate (id, number) VALUES (1, 0);

-- Packages of script sets: what was exported and imported, what waits to be confirmed, and dumps to go back to.

CREATE TABLE script_recover_point (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  type VARCHAR(64) NOT NULL,
  note TEXT COLLATE ${ci},
  summaryJSON LONGTEXT NOT NULL,
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE script_set_export_history (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  note TEXT COLLATE ${ci},
  summaryJSON LONGTEXT NOT NULL,
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE script_set_import_history (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  note TEXT COLLATE ${ci},
  summaryJSON LONGTEXT NOT NULL,
  failuresJSON LONGTEXT NOT NULL,
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

-- Large contents in pieces that fit any server's largest packet.
CREATE TABLE stored_content (
  ownerId VARCHAR(64) NOT NULL,
  piece INT NOT NULL,
  content LONGBLOB NOT NULL,
  PRIMARY KEY (ownerId, piece)) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE pending_import (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  userId VARCHAR(64) NOT NULL,
  expireTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

-- What is still to be done for an import that has been committed.
CREATE TABLE import_follow_up (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  importId VARCHAR(64) NOT NULL,
  part VARCHAR(64) NOT NULL,
  entityId VARCHAR(64) NOT NULL,
  rowJSON LONGTEXT NOT NULL,
  INDEX IX_follow_up_import (importId)) CHARACTER SET utf8mb4 COLLATE ${bin};

-- One import or recovery at a time: each updates this row first.
CREATE TABLE import_gate (id INT NOT NULL PRIMARY KEY, number BIGINT NOT NULL);

INSERT INTO import_gate (id, number) VALUES (1, 0);

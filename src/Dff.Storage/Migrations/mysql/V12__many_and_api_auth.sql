-- Changes of many records that are carried on after a crash, and how callers of auth links and batches prove who they are.

CREATE TABLE many_job (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  kind VARCHAR(64) NOT NULL,
  createTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE api_auth (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  title VARCHAR(256) COLLATE ${ci},
  type VARCHAR(64) NOT NULL,
  configJSON LONGTEXT NOT NULL,
  note TEXT COLLATE ${ci},
  searchText TEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

ALTER TABLE auth_link ADD COLUMN apiAuthId VARCHAR(64);

CREATE INDEX IX_link_auth ON auth_link (apiAuthId);

ALTER TABLE batch ADD COLUMN apiAuthId VARCHAR(64);

CREATE INDEX IX_batch_auth ON batch (apiAuthId);

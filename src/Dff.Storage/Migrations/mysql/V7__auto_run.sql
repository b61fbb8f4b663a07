-- Functions that run by themselves. auto_run_pending: scripts that were published or deleted and whose functions of this kind have not been seen to since.
-- cluster_launch: one row; when the cluster last started as a whole, by the nodes that have been part of it since.

CREATE TABLE auto_run_pending (
  scriptId VARCHAR(128) NOT NULL PRIMARY KEY,
  publishVersion INT NOT NULL,
  createTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

CREATE TABLE cluster_launch (
  id INT NOT NULL PRIMARY KEY,
  launchId VARCHAR(64) NOT NULL,
  silos MEDIUMTEXT NOT NULL,
  isDone TINYINT(1) NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};

-- Functions that run by themselves. auto_run_pending: scripts that were published or deleted and whose functions of this kind have not been seen to since.
-- cluster_launch: one row; when the cluster last started as a whole, by the nodes that have been part of it since.

CREATE TABLE auto_run_pending (
  scriptId TEXT NOT NULL PRIMARY KEY,
  publishVersion INTEGER NOT NULL,
  createTime INTEGER NOT NULL);

CREATE TABLE cluster_launch (
  id INTEGER NOT NULL PRIMARY KEY,
  launchId TEXT NOT NULL,
  silos TEXT NOT NULL,
  isDone INTEGER NOT NULL);
